"""Secrets of AWS Secrets Manager, by their ARN."""


def read_secret(arn: str) -> str:
    """The text of a secret. Raises ValueError."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError, KeyError) as error:
        raise ValueError(f"the secret {arn} cannot be read: {error}") from error
