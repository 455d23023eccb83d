# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Each shell of `make shell` reads this file first.
# shellcheck source=SCRIPTDIR/lib.sh
. /guest/lib.sh

# Not \w: BusyBox 1.37 prints ~ for the root folder, which is HOME.
export PS1='guest:$PWD# '
# ROWS and COLUMNS come from the kernel's command line. They would override later changes of the terminal's size.
unset ROWS COLUMNS

# Runs the scenario's script. From then on, the console shows all kernel messages, which include the verdicts.
run_scenario() {
	dmesg -n 7
	(cd /guest && sh "./$SCRIPT.sh")
}

# Powers off with -f: without -f, busybox sends a signal to init, and the guest's init does not handle it.
poweroff() {
	/bin/busybox poweroff -f
}
