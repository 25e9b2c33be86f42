"""The object store beside a sandbox, seen from outside through its leased port."""
