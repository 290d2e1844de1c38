"""What people may see and do: one place for the panel's pages, the JSON API and the commands.

Each module is a subject. Its functions take the `Actor` who asks, check the right, act, and write
what was done into the trail, in one transaction with the deed.
"""
