"""What spark-submit starts on EMR Serverless: `python -m emr_staging` as a file of its own."""

import sys

from emr_staging.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
