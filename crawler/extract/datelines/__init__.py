"""The grammar of the place line: places, agencies, dates, words that only look like one, and the forms they stand in."""
