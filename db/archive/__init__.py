"""Raw answers in WARC: written before anything reads them, kept as received."""
