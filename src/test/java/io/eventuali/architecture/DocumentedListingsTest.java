package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader copies from the pages on the library compiles, with nothing besides but what the listing says is the reader's own. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DocumentedListingsTest {
    private static final List<String> PAGES =
            List.of("docs/java.md", "docs/guides/projections.md", "docs/guides/sagas.md");
    private static final Pattern LISTING = Pattern.compile("^```java\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern IMPORT = Pattern.compile("^import .*;\\n", Pattern.MULTILINE);
    /** One file has one public type at most, and a listing may have more. */
    private static final Pattern PUBLIC = Pattern.compile("^public (?=class|record|interface)", Pattern.MULTILINE);

    /** For what is no type by itself: the names that its text speaks of. */
    private static final String IMPORTS = """
            import io.eventuali.event.*;
            import io.eventuali.saga.*;
            import io.eventuali.store.*;
            import java.net.http.HttpRequest;
            import java.time.*;
            """;

    /** What a listing takes for granted, by words of it: the reader's own classes, and those of listings before it. */
    private static final Map<String, String> GIVEN = Map.of(
            "stock::reserve",
            """
            class Stock { Order reserve(Order o, StepContext c) { return o; } void release(Order o, StepContext c) {} }
            class Parcels { Order wrap(Order o, StepContext c) { return o; } Order ship(Order o, StepContext c) { return o; } }
            interface Bank { String charge(int amount, String key); void refund(String charge, String key); }
            """,
            "session.persist",
            """
            class OrderRow { OrderRow(String id, int total) {} }
            record OrderPlaced(int total) {} record OrderCancelled() {}
            """,
            "ProjectionTestKit.of(new UserDirectory())",
            """
            record UserView(String name, String email) {}
            class UserDirectory extends io.eventuali.projection.Projection<UserView> {
                UserDirectory() { super("user-directory", UserView.class); }
            }
            """,
            "given(new OrderSaga(",
            """
            record Order(String id, int amount, boolean gift, String payment) {}
            class OrderSaga extends io.eventuali.saga.SagaHandler<Order> {
                OrderSaga(Object stock, Object payments, Object parcels) { super("order", Order.class); }
            }
            """,
            "Receipt charge(",
            "record Receipt(String id) {} record Charge(int amount) {}",
            "await(\"PaymentReceived\"",
            """
            record PaymentReceived(String receipt) {}
            record Order(String id) { Order paidBy(String receipt) { return this; } }
            """);

    /** What stands around a listing that is no type, by words of it; {@code %s} is its place. */
    private static final Map<String, String> AROUND = Map.of(
            "store.read(Position",
            "class Listing { void listing(EventStore store, StreamId stream) { %s } }",
            "ProjectionTestKit.of(new UserDirectory())",
            "class Listing { %s }",
            "given(new OrderSaga(",
            "class Listing { Object stock, payments, parcels; %s }",
            "context.headers().forEach",
            "class Listing { void listing(java.net.URI uri, StepContext context) { %s } }",
            "await(\"PaymentReceived\"",
            "class Listing extends SagaHandler<Order> { Listing() { super(\"order\", Order.class); %s } }");

    @TempDir
    Path classes;

    @Test
    void every_listing_of_java_compiles() throws IOException {
        List<Source> sources = new ArrayList<>();
        for (String page : PAGES) {
            for (String listing : listings(page)) {
                sources.add(new Source("listing" + sources.size(), page, listing));
            }
        }
        assertThat(sources).hasSizeGreaterThan(9);

        assertThat(compile(sources)).isEmpty();
    }

    private static List<String> listings(String page) throws IOException {
        return LISTING.matcher(Files.readString(Path.of(page)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String source(String listing) {
        String imports =
                IMPORT.matcher(listing).results().map(MatchResult::group).collect(Collectors.joining());
        String rest = PUBLIC.matcher(IMPORT.matcher(listing).replaceAll("")).replaceAll("");
        String around = of(AROUND, listing);
        return (around.isEmpty() ? "" : IMPORTS)
                + imports
                + of(GIVEN, listing)
                + (around.isEmpty() ? rest : around.formatted(rest));
    }

    private static String of(Map<String, String> texts, String listing) {
        return texts.entrySet().stream()
                .filter(text -> listing.contains(text.getKey()))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining());
    }

    /** @return what the compiler says against them */
    private List<String> compile(List<Source> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-classpath", System.getProperty("java.class.path"));
        compiler.getTask(null, null, said, options, null, sources).call();
        return said.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(diagnostic -> diagnostic.getSource() + ", " + diagnostic.getMessage(Locale.ROOT))
                .toList();
    }

    /** A listing in a package of its own, so that those with the same names are compiled side by side. */
    private static final class Source extends SimpleJavaFileObject {
        private final String page;
        private final String listing;
        private final String text;

        Source(String name, String page, String listing) {
            super(URI.create("string:///" + name + "/Listing.java"), Kind.SOURCE);
            this.page = page;
            this.listing = listing;
            this.text = "package " + name + ";\n" + source(listing);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        @Override
        public String toString() {
            return page + ":\n" + listing;
        }
    }
}
