# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions of the scenarios with consumers.dtso. Sourced after lib.sh.

driver=/sys/bus/platform/drivers/io-pgtable-consumer

# Loads a module from /complete, where the kernel's modprobe does not find it.
modprobe_here() {
	modprobe --dirname=/complete "$@"
}

# consumers [KIND]: print all devices, or the devices of lpae, v7s or mali
consumers() {
	(cd /sys/bus/platform/devices && echo consumer-"${1:-}"*)
}

bound() {
	local device
	for device in "$@"; do
		[ -e "$driver/$device" ] || return
	done
}

unbind_all() {
	local device
	for device in $(consumers); do
		[ ! -e "$driver/$device" ] || echo "$device" >$driver/unbind
	done
}

# waits FORMAT DEVICE...: each device is in the driver core's list of deferred devices, with this format
waits() {
	local format=$1 device
	shift
	for device in "$@"; do
		deferred | grep -q -E "^${device}[[:space:]].*waiting for page table format $format" || return
	done
}

format_of() {
	case $1 in
	lpae) echo "ARM_64_LPAE_S[12]" ;;
	v7s) echo ARM_V7S ;;
	mali) echo ARM_MALI_LPAE ;;
	esac
}

module_of() {
	case $1 in
	mali) echo io_pgtable_arm_mali_lpae ;;
	*) echo "io_pgtable_arm_$1" ;;
	esac
}

all_wait() {
	local kind
	for kind in "$@"; do
		# shellcheck disable=SC2046
		waits "$(format_of "$kind")" $(consumers "$kind") || return
	done
}

all_bound() {
	local kind
	for kind in "$@"; do
		# shellcheck disable=SC2046
		bound $(consumers "$kind") || return
	done
}

mkdir -p /complete/lib/modules
[ ! -d /lib/modules.complete ] || mount --bind /lib/modules.complete /complete/lib/modules
