// SPDX-License-Identifier: GPL-2.0-only
/* The PCI device, accessed through VFIO: QEMU's edu (docs/specs/edu.rst) */
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* The base name of the target of a link in the device's folder in sysfs. Return: 0 or an error */
int device_path(const char *device, const char *link, char *name, size_t size)
{
	char path[256], target[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", device, link);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return errno;
	target[len] = '\0';
	snprintf(name, size, "%s", basename(target));
	return 0;
}

static struct vfio_region_info region_info(struct worker *w, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(w->device_fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		fail(w, "region %u: error %d", index, errno);
	return info;
}

/* Allows the device to access memory. */
static void enable_dma(struct worker *w)
{
	struct vfio_region_info config = region_info(w, VFIO_PCI_CONFIG_REGION_INDEX);
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	if (pwrite(w->device_fd, &command, sizeof(command), config.offset + PCI_COMMAND) !=
	    sizeof(command))
		fail(w, "write of the command register: error %d", errno);
}

void device_begin(struct worker *w)
{
	struct vfio_region_info bar = region_info(w, VFIO_PCI_BAR0_REGION_INDEX);
	void *regs;

	enable_dma(w);
	regs = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, w->device_fd, bar.offset);
	if (regs == MAP_FAILED)
		fail(w, "mmap of the registers: error %d", errno);
	w->regs = regs;
}

void device_end(struct worker *w)
{
	if (w->regs)
		munmap((void *)w->regs, PAGE);
	w->regs = NULL;
}
