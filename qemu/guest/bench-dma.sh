# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs the kernel's dma_map_benchmark on an idle device. An instruction takes a nanosecond. The benchmark
# prints averages in tenths of a microsecond.
. ./lib.sh

mode=$(sed -n 's/.*iommu.strict=\([01]\).*/\1/p' /proc/cmdline | sed 's/0/lazy/; s/1/strict/')

# row OPERATION GRANULE: print a row for the host from the benchmark's output
row() {
	local value
	value=$(sed -n "s/^average $1 latency(us):\([0-9.]*\) .*/\1/p" /tmp/out |
		awk '{ printf "%d", $1 * 1000 }')
	say "bench row|dma_map_benchmark|4096|$mode|-|$1|$((4096 * $2))|1|$value|$value|$value|0"
}

wait_for 10 smmu_and_nvme_work
device=$(grep -l -i 0x11e8 /sys/bus/pci/devices/*/device)
device=${device%/device}
echo dma_map_benchmark >"$device/driver_override"
echo "${device##*/}" >/sys/bus/pci/drivers/dma_map_benchmark/bind
for granule in 1 16; do
	/bin/dma_map_benchmark -t 1 -s 1 -b 64 -g $granule >/tmp/out 2>&1 || say "bench error: $(cat /tmp/out)"
	row map $granule
	row unmap $granule
done
say "bench end 0"
