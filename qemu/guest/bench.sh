# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Measures while it is loaded, and tells the host by itself.
. ./lib.sh

modprobe io-pgtable-bench
say "bench: modprobe status $?"
