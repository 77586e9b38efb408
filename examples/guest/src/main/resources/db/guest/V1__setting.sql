CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO setting (name, value) VALUES ('greeting', 'hello');
