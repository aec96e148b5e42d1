"""The review pages: read tables, write desk tables and crawl requests only."""
