<# : batch portion
@REM Licensed under the Apache License, Version 2.0; see LICENSE.
@REM
@REM Runs the Maven that .mvn\wrapper\maven-wrapper.properties names, downloading it once into
@REM %USERPROFILE%\.m2\wrapper\dists. Where that address cannot be reached, an installed Maven 3.8 or newer fetches it from
@REM its own repositories, or, if it cannot, is used itself.
@REM Follows the script-only wrapper of Apache Maven; needs a JDK and PowerShell.
@REM
@REM   MAVEN_USER_HOME   where the distribution is kept, instead of %USERPROFILE%\.m2
@REM   MVNW_REPOURL      Maven repository to take it from, instead of the address in the properties

@SET __MVNW_CMD__=
@SET __MVNW_PSMODULEPATH__=%PSModulePath%
@SET PSModulePath=
@FOR /F "usebackq tokens=1* delims==" %%A IN (`powershell -NoProfile -ExecutionPolicy Bypass "& {$scriptDir='%~dp0'; Invoke-Command -ScriptBlock ([ScriptBlock]::Create((Get-Content -Raw -LiteralPath '%~f0'))) -NoNewScope}"`) DO @(
  IF "%%A"=="MVN_CMD" (SET __MVNW_CMD__=%%B) ELSE IF "%%B"=="" (ECHO %%A) ELSE (ECHO %%A=%%B)
)
@SET PSModulePath=%__MVNW_PSMODULEPATH__%
@SET __MVNW_PSMODULEPATH__=
@IF NOT "%__MVNW_CMD__%"=="" ("%__MVNW_CMD__%" %* & EXIT /B)
@ECHO mvnw: cannot start Maven >&2
@EXIT /B 1
: end batch / begin powershell #>

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Say($text) { [Console]::Error.WriteLine("mvnw: $text") }

$file = Join-Path $scriptDir '.mvn/wrapper/maven-wrapper.properties'
$properties = Get-Content -Raw -LiteralPath $file | ConvertFrom-StringData
$url = $properties.distributionUrl
if ($url -notmatch '/apache-maven-(.+)-bin\.zip$') {
  Say "distributionUrl in $file must end in -bin.zip"
  exit 1
}
$name = "apache-maven-$($Matches[1])"
if ($env:MVNW_REPOURL) {
  $url = "$($env:MVNW_REPOURL.TrimEnd('/'))/org/apache/maven/apache-maven/$($Matches[1])/$name-bin.zip"
}

$userHome = if ($env:MAVEN_USER_HOME) { $env:MAVEN_USER_HOME } else { Join-Path $HOME '.m2' }
$store = Join-Path $userHome "wrapper/dists/$name"
$md5 = [Security.Cryptography.MD5]::Create().ComputeHash([Text.Encoding]::UTF8.GetBytes($url))
$hash = -join ($md5[0..3] | ForEach-Object { $_.ToString('x2') })
$mavenHome = Join-Path $store $hash
$failure = "$mavenHome.failed"

function Use-Maven($command) {
  Write-Output "MVN_CMD=$command"
  exit 0
}

# The path of an installed Maven 3.8 or newer, or nothing.
function Find-Installed {
  $found = Get-Command mvn.cmd -ErrorAction SilentlyContinue | Select-Object -First 1
  if (!$found) { return }
  $version = & $found.Source -B -v 2>$null | Select-String 'Apache Maven (\d+)\.(\d+)' | Select-Object -First 1
  if (!$version) { return }
  $major = [int]$version.Matches[0].Groups[1].Value
  $minor = [int]$version.Matches[0].Groups[2].Value
  if ($major -gt 3 -or ($major -eq 3 -and $minor -ge 8)) { return $found.Source }
}

function Install-Maven {
  $work = Join-Path $store ([IO.Path]::GetRandomFileName())
  New-Item -ItemType Directory -Force -Path $work | Out-Null
  try {
    $archive = Join-Path $work "$name-bin.zip"
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    try {
      Invoke-WebRequest -UseBasicParsing -TimeoutSec 600 -Uri $url -OutFile $archive
    } catch {
      $reason = $_
      $installed = Find-Installed
      if ($installed) {
        & $installed -B -q 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy' `
          "-Dartifact=org.apache.maven:apache-maven:$($name -replace '^apache-maven-'):zip:bin" "-DoutputDirectory=$work" | Out-Null
      }
      if (!(Test-Path -LiteralPath $archive)) { throw $reason }
      Say "cannot download $url; the installed Maven has fetched it from its repositories"
    }
    if ($properties.distributionSha256Sum -and
        (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash -ne $properties.distributionSha256Sum) {
      throw "the SHA-256 sum of $url is not that of $file"
    }
    Expand-Archive -LiteralPath $archive -DestinationPath $work
    if (!(Test-Path -LiteralPath $mavenHome)) {
      Move-Item -LiteralPath (Join-Path $work $name) -Destination $mavenHome
    }
    Remove-Item -LiteralPath $failure -ErrorAction SilentlyContinue
  } finally {
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
  }
}

$command = Join-Path $mavenHome 'bin/mvn.cmd'
if (Test-Path -LiteralPath $command) { Use-Maven $command }
New-Item -ItemType Directory -Force -Path $store | Out-Null

# A download that failed a moment ago is not waited for again, if there is something to use instead.
if ((Test-Path -LiteralPath $failure) -and (Get-Item -LiteralPath $failure).LastWriteTime -gt (Get-Date).AddDays(-1)) {
  $installed = Find-Installed
  if ($installed) {
    Say "$name could not be downloaded lately; using the installed $installed (delete $failure to try again)"
    Use-Maven $installed
  }
}
try {
  Install-Maven
} catch {
  $reason = $_.Exception.Message
  Set-Content -LiteralPath $failure -Value $reason
  $installed = Find-Installed
  if (!$installed) {
    Say "cannot download $url ($reason) and no Maven 3.8 or newer is installed"
    exit 1
  }
  Say "cannot download $url; using the installed $installed"
  Use-Maven $installed
}
Use-Maven $command
