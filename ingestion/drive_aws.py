"""AWS as the way into Google: our identity there."""

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError
from google.auth.aws import AwsSecurityCredentials, AwsSecurityCredentialsSupplier
from google.auth.exceptions import RefreshError

DEFAULT_REGION = "us-east-1"


class AwsIdentity(AwsSecurityCredentialsSupplier):
    """Our AWS credentials as boto3 finds them: Lambda, ECS and Fargate, EC2, profiles, variables.

    Google's own supplier knows variables and EC2 only. boto3 caches and renews what is temporary.
    """

    def __init__(self) -> None:
        self.session = boto3.Session()

    def get_aws_security_credentials(self, context: Any, request: Any) -> AwsSecurityCredentials:
        """Credentials that are good now. Raises RefreshError."""
        try:
            found = self.session.get_credentials()
            if found is None:
                raise RefreshError("there are no AWS credentials at hand", retryable=False)
            frozen = found.get_frozen_credentials()
        except BotoCoreError as error:
            raise RefreshError(f"AWS gave no credentials: {error}", retryable=False) from error
        return AwsSecurityCredentials(frozen.access_key, frozen.secret_key, frozen.token)

    def get_aws_region(self, context: Any, request: Any) -> str:
        """The region whose STS vouches for us."""
        return self.session.region_name or DEFAULT_REGION
