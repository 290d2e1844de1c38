"""The wake-ups: what runs when, under which lock."""
