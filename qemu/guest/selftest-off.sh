# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The kernel's command line has io_pgtable.selftest=0. The machine has no IOMMU, so wrong tables do no harm.
. ./lib.sh

parameter=/sys/module/io_pgtable/parameters/selftest

state() {
	grep -E "^ARM_64_LPAE_S1 .* io_pgtable_broken " /sys/kernel/debug/io-pgtable/formats | tr -s ' '
}

plan 3
expect "the self-test is off" "$parameter: $(cat $parameter)" [ "$(cat $parameter)" = N ]
modprobe io-pgtable-broken
expect "an implementation that is wrong is not tried" "$(state)" has ready "$(state)"
rmmod io_pgtable_broken
echo 1 >$parameter
modprobe io-pgtable-broken
expect "turned on at run time, it is tried" "$(state)" has failed "$(state)"
