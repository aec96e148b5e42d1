"""A change as text, JSON or HTML. Knows no command and no web server."""
