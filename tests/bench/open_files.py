"""How many connections this process, and those it starts, may have at once."""

import resource


def allow(wanted):
    """Raises the soft limit of open files where it is lower, which needs no rights up to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"error: {wanted} open files are needed, and {hard} are allowed: raise the hard limit (ulimit -Hn, LimitNOFILE) and run again")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
