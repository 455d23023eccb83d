# SPDX-License-Identifier: GPL-2.0-only
# Commands for people; the kernel has its own in the folders that it takes from here.

MAKEFLAGS += --no-print-directory
export PYTHONDONTWRITEBYTECODE = 1
# The series of the kernel to work with
KERNEL ?= 6.12
export KERNEL

.PHONY: help prerequisites demo shell check check-configs check-debian stress check-core-files bench tables lint overlay overlay-revert patch series deb install-hooks clean

help:
	@echo 'Page-table formats of the kernel as modules. Start with README.md.'
	@echo
	@echo '  make ... KERNEL=7.3        any of these with another kernel than 6.12'
	@echo '  make ... LIST=yes          what there is to choose from with ONLY or SCENARIO; nothing is run'
	@echo '  make ... BUILD=folder      build there instead of in build/'
	@echo '  make check REPORT=junit    the verdicts in build/report.xml, too; the same with the commands like check'
	@echo '  make demo                  boot kernels in QEMU, a disk behind an SMMUv3, and look on'
	@echo '  make shell                 a shell in the guest, a disk behind an SMMUv3; SCENARIO=name for another machine'
	@echo '  make check                 all tests; ONLY="stage2 kunit" for some of them'
	@echo '  make check-configs         configurations that must build and link; ONLY="arm" for some'
	@echo '  make check-debian          a Debian that boots from a disk behind the SMMU; ONLY="dracut" for some'
	@echo '  make stress                minutes of races, faults and hostile callers; ONLY="races" for some'
	@echo '  make check-core-files      page tables in core files of guests, by drgn, are those of debugfs'
	@echo '  make bench                 instructions that our formats take, and stock; ONLY=ours for one side, or checker'
	@echo '  make tables                Documentation/users.rst: the drivers and the configurations'
	@echo '  make lint                  checkpatch, sparse, W=1, kernel-doc, shellcheck'
	@echo '  make overlay KDIR=tree     convert a kernel source tree in place; SKIP="driver ..." leaves drivers as'
	@echo '                             they are, ACCEPT=yes replaces files that are not those of a known release'
	@echo '  make overlay-revert KDIR=tree'
	@echo '                             bring the original tree back'
	@echo '  make patch KDIR=tree       the same change as a patch, on stdout'
	@echo '  make series KDIR=tree OUT=folder AUTHOR="Name <address>"'
	@echo '                             the same change as patches to review, with a cover letter; TESTS=no'
	@echo '  make deb                   packages of the format modules (DKMS) and of hooks for initramfs tools, in build/deb'
	@echo '  make install-hooks         the hooks for initramfs-tools and dracut; DESTDIR=folder for a package'
	@echo '  make prerequisites         install the Debian packages that all this needs (root)'
	@echo '  make clean                 remove build/'

prerequisites:
	@qemu/prerequisites

# What the user gives reaches the commands by the environment: the shell looks for no quotes in it.
export ONLY SCENARIO REPORT KDIR SKIP DESTDIR

# $(call run,COMMAND,ARGUMENTS,PREREQUISITES): a wrong word shows before anything is installed, if the machine
# has a Python by then.
define run
	@set -f; ! command -v python3 >/dev/null || $(1) $(if $(LIST),--list,--try) $(2)
	$(if $(LIST),,@qemu/prerequisites $(3))
	$(if $(LIST),,@set -f; $(1) $(2))
endef

report = $(if $(REPORT),--report "$$REPORT")
rows = $(call run,qemu/run-checks --$(1) $(report),$$ONLY,$(2))

demo:
	$(call run,qemu/demo,$$ONLY)

shell:
	$(call run,qemu/shell,$$SCENARIO)

check:
	$(call rows,tests)

check-configs:
	$(call rows,configs)

check-debian:
	$(call rows,debian,debian)

stress:
	$(call rows,stress)

check-core-files:
	$(call rows,core-files)

bench:
	$(call run,qemu/run-bench,$$ONLY)

tables:
	@qemu/write-tables

lint:
	$(call rows,lint)

overlay overlay-revert patch: kdir-is-given
	@overlay/overlay $(if $(filter overlay,$@),apply,$(@:overlay-%=%)) "$$KDIR" --skip "$$SKIP" \
		$(if $(filter yes,$(ACCEPT)),--accept)

# A name may have quotes: the shell takes it from the environment.
export AUTHOR
series: kdir-is-given
	@test -n "$$OUT" || { echo 'error: say where the patches go: make series ... OUT=folder' >&2; exit 2; }
	@overlay/overlay series "$$KDIR" --out "$$OUT" --author "$$AUTHOR" $(if $(filter no,$(TESTS)),--no-tests)

.PHONY: kdir-is-given
kdir-is-given:
	@test -n "$$KDIR" || { echo 'error: say which tree: make ... KDIR=path/to/linux' >&2; exit 2; }

deb:
	@qemu/prerequisites debian
	@packages/make-deb build/deb

install-hooks:
	initramfs/install.sh "$${DESTDIR:-/}"

clean:
	rm -rf build
