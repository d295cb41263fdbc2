"""Tell rendezvous and proximity operations from chance."""
