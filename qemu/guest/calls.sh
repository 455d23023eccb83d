# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# A module compares direct calls with calls by pointer, and prints rows for the host.
. ./lib.sh

plan 1
modprobe calls-bench
expect "each call does what it should" "$(kernel_log | grep 'calls end')" has "calls end 0" "$(kernel_log)"
