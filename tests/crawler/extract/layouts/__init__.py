"""Pages in the layouts of the world's content systems, written for the tests, each with what a reader should see."""
