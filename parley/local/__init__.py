"""The local stack: a real Kafka, a real mongod and every service as child processes on one machine."""
