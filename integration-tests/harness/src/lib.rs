//! Real parts for tests: nats-server, databases, free ports.
