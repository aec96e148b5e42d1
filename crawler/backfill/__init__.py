"""Past versions from elsewhere: archives, public archives, scraped feeds, the databases of other monitors."""
