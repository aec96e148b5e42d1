"""A fleet under test: servers on many loopback addresses that log who asked when; workers that are killed and cut off."""
