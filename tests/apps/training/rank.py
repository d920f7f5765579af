"""A process of training that ends as FATES says of its rank: an exit status, `killed`, or `waits` for the end of the others."""

import os
import signal
import sys

if __name__ == "__main__":
    fate = os.environ["FATES"].split(",")[int(os.environ["RANK"])]
    match fate:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "waits":
            # torchrun ends it.
            signal.pause()
        case _:
            sys.exit(int(fate))
