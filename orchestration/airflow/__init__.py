"""The pipeline's steps as Airflow tasks: on this machine, or on AWS."""
