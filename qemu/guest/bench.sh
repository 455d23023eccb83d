# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# MODULE measures while it is loaded, and tells the host by itself.
. ./lib.sh

wait_for 10 smmu_and_nvme_work
modprobe "$MODULE"
say "bench: modprobe status $?"
