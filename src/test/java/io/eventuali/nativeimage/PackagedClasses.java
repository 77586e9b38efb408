package io.eventuali.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** The classes of a packaged application and of the JDK, read as a linker reads them. Names are those of class files, with slashes. */
final class PackagedClasses implements AutoCloseable {
    /** The classes that Quarkus changed stand before those that it changed them from. */
    private static final List<String> DIRECTORIES = List.of("quarkus", "app", "lib/boot", "lib/main");

    private static final String OBJECT = "java/lang/Object";
    /** Its methods take any types: {@code MethodHandle.invokeExact} and the like. */
    private static final String POLYMORPHIC = "java/lang/invoke/";

    private final Map<String, JarFile> jarOf = new HashMap<>();
    private final List<JarFile> jars = new ArrayList<>();
    private final Set<String> application = new TreeSet<>();
    private final Map<String, Optional<ReadClass>> read = new HashMap<>();

    /**
     * A reference that leads nowhere.
     *
     * @param jar of the class that refers
     * @param from the class that refers
     * @param to a class, or a member as {@code class.name:type} or {@code class.name(types)type}
     */
    record Gap(String jar, String from, String to) {}

    private record Member(String owner, String name) {}

    /** A class with everything that it refers to; only what it has itself, if it is one of the JDK. */
    private static final class ReadClass {
        private final List<String> supertypes = new ArrayList<>();
        private final Set<String> members = new HashSet<>();
        private final Set<String> types = new TreeSet<>();
        private final Set<Member> uses = new HashSet<>();
        private boolean hasNativeMethods;
    }

    /** Opens the jars of an application in the layout that Quarkus packages. */
    PackagedClasses(Path quarkusApp) {
        for (String directory : DIRECTORIES) {
            for (Path path : jarsOf(quarkusApp.resolve(directory))) {
                JarFile jar = open(path);
                jars.add(jar);
                boolean generated = directory.equals("quarkus");
                for (ZipEntry entry : Collections.list(jar.entries())) {
                    String name = entry.getName();
                    if (name.endsWith(".class")
                            && !name.startsWith("META-INF/")
                            && !name.endsWith("module-info.class")) {
                        String type = name.substring(0, name.length() - ".class".length());
                        jarOf.putIfAbsent(type, jar);
                        if (directory.equals("app") || generated && path.endsWith("generated-bytecode.jar")) {
                            application.add(type);
                        }
                    }
                }
            }
        }
    }

    /** Everything missing that the application, or a class that it reaches, refers to. Optional parts of libraries are among it. */
    List<Gap> gaps() {
        List<Gap> gaps = new ArrayList<>();
        Set<String> reached = new HashSet<>(application);
        Deque<String> waiting = new ArrayDeque<>(application);
        while (!waiting.isEmpty()) {
            String from = waiting.poll();
            ReadClass type = find(from).orElseThrow();
            String jar = jarName(from);
            for (String to : type.types) {
                if (find(to).isEmpty()) {
                    gaps.add(new Gap(jar, from, to));
                } else if (jarOf.containsKey(to) && reached.add(to)) {
                    waiting.add(to);
                }
            }
            for (Member use : type.uses) {
                Optional<ReadClass> owner = find(use.owner());
                if (owner.isPresent()
                        && !use.owner().startsWith(POLYMORPHIC)
                        && lacks(owner.get(), use.name(), new HashSet<>())) {
                    gaps.add(new Gap(jar, from, use.owner() + "." + use.name()));
                }
            }
        }
        return gaps;
    }

    /** Those of the names, with dots, that are classes of the application's libraries and have native methods. */
    Set<String> withNativeMethods(Collection<String> names) {
        Set<String> found = new TreeSet<>();
        for (String name : names) {
            String type = name.replace('.', '/');
            if (jarOf.containsKey(type) && find(type).orElseThrow().hasNativeMethods) {
                found.add(name);
            }
        }
        return found;
    }

    /** False also where a supertype is missing, which is a gap of its own. */
    private boolean lacks(ReadClass owner, String member, Set<String> seen) {
        if (owner.members.contains(member)) {
            return false;
        }
        return Stream.concat(owner.supertypes.stream(), Stream.of(OBJECT))
                .filter(seen::add)
                .allMatch(name ->
                        find(name).map(type -> lacks(type, member, seen)).orElse(false));
    }

    private Optional<ReadClass> find(String name) {
        Optional<ReadClass> known = read.get(name);
        if (known == null) {
            try {
                known = read(name);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            read.put(name, known);
        }
        return known;
    }

    private Optional<ReadClass> read(String name) throws IOException {
        JarFile jar = jarOf.get(name);
        String file = name + ".class";
        try (InputStream bytes = jar == null
                ? ClassLoader.getPlatformClassLoader().getResourceAsStream(file)
                : jar.getInputStream(jar.getEntry(file))) {
            if (bytes == null) {
                return Optional.empty();
            }
            ReadClass type = new ReadClass();
            new ClassReader(bytes.readAllBytes())
                    .accept(new Reader(type, jar != null), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
            return Optional.of(type);
        }
    }

    private String jarName(String type) {
        return Path.of(jarOf.get(type).getName()).getFileName().toString();
    }

    private static List<Path> jarsOf(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            // Reversed, so that transformed-bytecode.jar comes before generated-bytecode.jar.
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted(Collections.reverseOrder())
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static JarFile open(Path path) {
        try {
            return new JarFile(path.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() throws IOException {
        for (JarFile jar : jars) {
            jar.close();
        }
    }

    private static final class Reader extends ClassVisitor {
        private final ReadClass type;
        private final boolean withReferences;

        Reader(ReadClass type, boolean withReferences) {
            super(Opcodes.ASM9);
            this.type = type;
            this.withReferences = withReferences;
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            type.supertypes.addAll(Arrays.asList(interfaces));
            if (parent != null) {
                type.supertypes.add(parent);
            }
            if (withReferences) {
                type.types.addAll(type.supertypes);
            }
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            type.members.add(name + ":" + descriptor);
            return null;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] thrown) {
            type.members.add(name + descriptor);
            type.hasNativeMethods |= (access & Opcodes.ACC_NATIVE) != 0;
            return withReferences ? new Body(type) : null;
        }
    }

    /** The instructions of a method. */
    private static final class Body extends MethodVisitor {
        private final ReadClass type;

        Body(ReadClass type) {
            super(Opcodes.ASM9);
            this.type = type;
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            field(owner, name, descriptor);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            method(owner, name, descriptor);
        }

        @Override
        public void visitTypeInsn(int opcode, String name) {
            refer(Type.getObjectType(name));
        }

        @Override
        public void visitLdcInsn(Object value) {
            if (value instanceof Type constant && constant.getSort() != Type.METHOD) {
                refer(constant);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            for (Object argument : arguments) {
                if (argument instanceof Handle handle) {
                    if (handle.getTag() <= Opcodes.H_PUTSTATIC) {
                        field(handle.getOwner(), handle.getName(), handle.getDesc());
                    } else {
                        method(handle.getOwner(), handle.getName(), handle.getDesc());
                    }
                }
            }
        }

        private void field(String owner, String name, String descriptor) {
            use(owner, name + ":" + descriptor);
        }

        private void method(String owner, String name, String descriptor) {
            use(owner, name + descriptor);
        }

        private void use(String owner, String member) {
            Type declaring = Type.getObjectType(owner);
            refer(declaring);
            if (declaring.getSort() == Type.OBJECT) {
                type.uses.add(new Member(owner, member));
            }
        }

        private void refer(Type used) {
            Type element = used.getSort() == Type.ARRAY ? used.getElementType() : used;
            if (element.getSort() == Type.OBJECT) {
                type.types.add(element.getInternalName());
            }
        }
    }
}
