/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For IOMMU drivers whose hardware blocks devices without a domain: find devices that already do
 * DMA without the IOMMU, before the driver enables translation.
 *
 * The devices of an IOMMU wait for the IOMMU until the deferral window closes. Then their drivers
 * bind and do DMA with physical addresses. An IOMMU that is probed later would block that DMA;
 * the device with the root file system would stop working.
 *
 * The code is in a header, so that only these drivers contain it, and not the core.
 */
#ifndef __IO_PGTABLE_MASTERS_H
#define __IO_PGTABLE_MASTERS_H

#include <linux/amba/bus.h>
#include <linux/device.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "compat.h"

struct io_pgtable_masters {
	struct device *iommu;
	unsigned int bound;	/* number of devices found so far */
};

/* A PCI host bridge's iommu-map translates requester IDs to the IOMMU and its IDs. */
static inline bool io_pgtable_pci_is_master(struct pci_dev *pdev, struct device_node *iommu)
{
	struct device *parent = pci_find_host_bridge(pdev->bus)->dev.parent;
	struct device_node *np;

	if (!parent || !parent->of_node)
		return false;
	np = compat_iommu_of_id(parent->of_node, pci_dev_id(pdev));
	of_node_put(np);
	return np == iommu;
}

static inline bool io_pgtable_is_master(struct device *dev, struct device_node *iommu)
{
	struct of_phandle_args spec;
	bool found = false;
	int i;

	if (dev_is_pci(dev))
		return io_pgtable_pci_is_master(to_pci_dev(dev), iommu);

	for (i = 0; !found; i++) {
		if (of_parse_phandle_with_args(dev->of_node, "iommus", "#iommu-cells", i, &spec))
			break;
		found = spec.np == iommu;
		of_node_put(spec.np);
	}
	return found;
}

/*
 * A device that is still in probe is not counted. If it has not looked for the IOMMU yet, it will
 * find the IOMMU or be deferred. The driver core does not show whether it has looked already.
 */
static inline int io_pgtable_count_master(struct device *dev, void *data)
{
	struct io_pgtable_masters *masters = data;

	if (!device_is_bound(dev) || device_iommu_mapped(dev) ||
	    !io_pgtable_is_master(dev, masters->iommu->of_node))
		return 0;

	dev_err(masters->iommu, "%s device %s is bound to %s and does DMA past this IOMMU\n",
		dev->bus->name, dev_name(dev), dev_driver_string(dev));
	masters->bound++;
	return 0;
}

/**
 * io_pgtable_check_masters() - refuse to translate for devices that work without the IOMMU
 * @iommu: the IOMMU that is being probed
 *
 * Looks for devices that are masters of @iommu according to the devicetree, that are bound to a
 * driver, and that use no IOMMU. The log names each of them.
 *
 * Always succeeds if ACPI describes the IOMMU, since modules cannot get its masters from IORT.
 *
 * Context: probe of @iommu, before the hardware is reset. May sleep.
 * Return: 0; -EBUSY if there are such devices. Probe returns this error. The administrator
 * removes or unbinds the devices and probes again.
 */
static inline int io_pgtable_check_masters(struct device *iommu)
{
	struct io_pgtable_masters masters = { .iommu = iommu };

	if (!iommu->of_node)
		return 0;

	bus_for_each_dev(&platform_bus_type, NULL, &masters, io_pgtable_count_master);
#ifdef CONFIG_ARM_AMBA
	bus_for_each_dev(&amba_bustype, NULL, &masters, io_pgtable_count_master);
#endif
#ifdef CONFIG_PCI
	bus_for_each_dev(&pci_bus_type, NULL, &masters, io_pgtable_count_master);
#endif
	if (!masters.bound)
		return 0;
	return dev_err_probe(iommu, -EBUSY,
			     "devices would lose their DMA: remove or unbind them first, or reboot\n");
}

#endif /* __IO_PGTABLE_MASTERS_H */
