"""What both sandboxes share: serving, storage, faults, call counts, and who may administer."""
