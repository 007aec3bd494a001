"""One list of steps, run by the command line or rendered by Airflow."""
