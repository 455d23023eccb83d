# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs in a Debian system that booted from its disk. Checks when and how the format was loaded. With THEN=... on
# the kernel's command line, prepares the next boot.
. ./lib.sh

release=$(uname -r)
then=$(sed -nE 's/.* THEN=(\S+).*/\1/p' /proc/cmdline)

# first_time PATTERN: print the time of the first message that matches, in microseconds after the kernel's start
first_time() {
	dmesg | sed -nE "s/^\[ *([0-9]+)\.([0-9]+)\].*($1).*/\1\2/p" | head -n 1
}

# Prints the paths and taint flags of the modules. The kernel sets the flag O for modules from outside the tree.
outside_modules() {
	local module
	for module in io-pgtable-arm-lpae io-pgtable-arm-v7s io-pgtable-arm-mali-lpae; do
		modprobe $module
		echo "$module $(modinfo -n $module) $(cat "/sys/module/$(echo $module | tr - _)/taint")"
	done
}

remove_packages() {
	dpkg --remove io-pgtable-formats-dkms 2>&1
	dkms status
	modinfo -n io-pgtable-arm-lpae
}

# Makes an initramfs for this machine only, with the distribution's tool.
make_host_initramfs() {
	if [ -d /etc/initramfs-tools ]; then
		echo MODULES=dep >/etc/initramfs-tools/conf.d/this-machine
		update-initramfs -u -k "$release"
	else
		dracut --force --hostonly "/boot/initrd.img-$release" "$release"
	fi
}

plan $((7 + 0${then:+1}))
expect "the root file system is on the NVMe, and can be written" "$(grep ' / ' /proc/mounts)" \
	grep -q '^/dev/nvme0n1 / ext4 rw' /proc/mounts
expect "the first process is systemd, and no unit failed" \
	"$(readlink /proc/1/exe), failed: '$(systemctl --failed --no-legend)'" \
	[ "$(readlink /proc/1/exe)$(systemctl --failed --no-legend)" = /usr/lib/systemd/systemd ]
expect "NVMe's DMA is translated" "iommu_group/type $(group_type)" [ "$(group_type)" = DMA ]
expect "the SMMU holds the format" "$(usage)" [ "$(references $format)" -gt 0 ]
smmu_ready=$(first_time 'arm-smmu-v3 .* oas ')
mounted=$(first_time 'EXT4-fs .nvme0n1.: mounted')
expect "the SMMU is ready before the root file system is mounted" "SMMU ready after $smmu_ready us, root mounted after $mounted us" \
	[ "$smmu_ready" -lt "$mounted" ]
expect "nothing failed" "$(failed_probes)" [ -z "$(failed_probes)" ]
no_faults
case $then in
host-initramfs)
	touch /run/before
	made=$(make_host_initramfs 2>&1)
	expect "an initramfs for this machine alone" "$made" [ /boot/initrd.img-"$release" -nt /run/before ]
	;;
outside)
	modules=$(outside_modules 2>&1)
	expect "the modules are those of updates/, and were built out of the tree" "$modules" \
		[ "$(echo "$modules" | grep -c '/updates/.* O$')" = 3 ]
	;;
remove-packages)
	walk=$(modinfo -F io_pgtable_walk io-pgtable-arm-lpae | sort -u)
	removed=$(remove_packages)
	expect "DKMS's modules have the fix, and go with their package" "io_pgtable_walk=$walk; $removed" \
		[ "$walk, $(echo "$removed" | tail -n 1)" = "fixed, /lib/modules/$release/kernel/drivers/iommu/io-pgtable/io-pgtable-arm-lpae.ko" ]
	;;
esac
sync
