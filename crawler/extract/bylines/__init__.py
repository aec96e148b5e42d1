"""Who wrote it: names taken apart, the elements that show them, and the linked data and metas that repeat them."""
