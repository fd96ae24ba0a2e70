"""A chat platform on Apache Kafka: settings, command line, local stack, and the composition of every process."""
