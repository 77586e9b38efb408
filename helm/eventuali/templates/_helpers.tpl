{{- define "eventuali.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of all objects: the release's if it says what it is, else release and chart. */}}
{{- define "eventuali.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := include "eventuali.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "eventuali.selectorLabels" -}}
app.kubernetes.io/name: {{ include "eventuali.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- define "eventuali.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "eventuali.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "eventuali.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "eventuali.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "eventuali.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What every container of this chart may not do. */}}
{{- define "eventuali.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop:
    - ALL
privileged: false
readOnlyRootFilesystem: true
{{- end }}

{{- define "eventuali.podSecurityContext" -}}
fsGroup: 10001
runAsGroup: 10001
runAsNonRoot: true
runAsUser: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Secret with the keys of clients; empty if there is none. */}}
{{- define "eventuali.keysSecret" -}}
{{- if .Values.security.enabled }}
{{- if .Values.security.keys.existingSecret }}
{{- .Values.security.keys.existingSecret }}
{{- else if .Values.security.keys.generate }}
{{- printf "%s-keys" (include "eventuali.fullname" . | trunc 58 | trimSuffix "-") }}
{{- end }}
{{- end }}
{{- end }}

{{- define "eventuali.gracePeriodSeconds" -}}
{{- add (int .Values.drain.delaySeconds) (int .Values.drain.windowSeconds) 25 }}
{{- end }}

{{/* Who may connect to the pods: those that are named, and what is switched on. A rule without a peer would let everybody in. */}}
{{- define "eventuali.peers" -}}
{{- $namespaces := list }}
{{- if and .Values.ingress.enabled .Values.ingress.controllerNamespace }}
{{- $namespaces = append $namespaces .Values.ingress.controllerNamespace }}
{{- end }}
{{- if .Values.httpRoute.enabled }}
{{- range .Values.httpRoute.parentRefs }}
{{- $namespaces = append $namespaces (default $.Release.Namespace .namespace) }}
{{- end }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.serviceMonitor.prometheusNamespace }}
{{- $namespaces = append $namespaces .Values.serviceMonitor.prometheusNamespace }}
{{- end }}
{{- $peers := .Values.networkPolicy.ingressFrom }}
{{- range uniq $namespaces }}
{{- $peers = append $peers (dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .))) }}
{{- end }}
{{- if not $peers }}
{{- fail "networkPolicy.ingressFrom lets nobody in: name a peer, or set networkPolicy.ingressFromEverywhere=true" }}
{{- end }}
{{- toYaml $peers }}
{{- end }}
