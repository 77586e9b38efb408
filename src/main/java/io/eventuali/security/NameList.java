package io.eventuali.security;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.spi.Converter;

/**
 * Names with commas between them, in configuration and keys files alike. Set to nothing, it is an empty list, not one that was left out:
 * a grant that is emptied must not become the default.
 *
 * @param names without blanks around them; none is empty
 */
public record NameList(List<String> names) {
    /** Stands for a list that was left out, which the configuration cannot tell from one set to nothing otherwise. */
    static final String UNSET = "(as events)";

    public NameList {
        names = List.copyOf(names);
    }

    static NameList of(String text) {
        return new NameList(Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList());
    }

    /** The names, unless the list was left out. */
    Optional<List<String>> ifSet() {
        return names.equals(List.of(UNSET)) ? Optional.empty() : Optional.of(names);
    }

    /** Reads one from configuration. */
    public static final class Reader implements Converter<NameList> {
        private static final long serialVersionUID = 1L;

        @Override
        public NameList convert(String text) {
            return of(text);
        }
    }

    /** Reads a text that may be empty, where that is a mistake to complain of. */
    public static final class TextReader implements Converter<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String convert(String text) {
            return text;
        }
    }
}
