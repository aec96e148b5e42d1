"""The review desk on a terminal: the web's inbox, filters and judging, drawn with Textual."""
