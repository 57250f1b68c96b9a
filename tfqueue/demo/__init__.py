"""`tfqueue demo`: photographs through queues into a classifier, and every queue and stage to be seen while it runs."""
