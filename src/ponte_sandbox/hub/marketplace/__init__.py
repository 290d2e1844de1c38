"""The marketplaces: they place orders in the hub as real channels do."""
