"""The loops: pull, push, orders, reports."""
