"""The Plugg.to client: wire types, calls, tokens, pacing, errors."""
