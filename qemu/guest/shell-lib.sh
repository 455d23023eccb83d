# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What each shell of `make shell` reads first.
# shellcheck source=SCRIPTDIR/lib.sh
. /guest/lib.sh

export PS1='guest:\w# '
# The kernel's variables of the terminal's size would hide a later stty.
unset ROWS COLUMNS

# The scenario's own script. Its verdicts, and all that follows, are on the console.
run_scenario() {
	dmesg -n 7
	(cd /guest && sh "./$SCRIPT.sh")
}

# The guest's init has no signal handler for plain busybox poweroff.
poweroff() {
	/bin/busybox poweroff -f
}
