# SPDX-License-Identifier: GPL-2.0-only
# Commands for users of this repository. The overlay copies folders with Makefiles of their own to a kernel tree.

MAKEFLAGS += --no-print-directory
export PYTHONDONTWRITEBYTECODE = 1
# The kernel series that all commands use
KERNEL ?= 6.12
export KERNEL

.PHONY: help prerequisites demo shell check check-configs check-debian stress check-core-files bench tables lint overlay overlay-revert patch series deb install-hooks clean

help:
	@echo 'Page-table formats of the kernel as modules. Start with README.md.'
	@echo
	@echo '  make ... KERNEL=7.3        run the command with Linux 7.3 instead of 6.12'
	@echo '  make ... LIST=yes          list the names that ONLY or SCENARIO accepts; run nothing'
	@echo '  make ... BUILD=folder      build in this folder instead of in build/'
	@echo '  make check REPORT=junit    also write the verdicts to build/report.xml; works for every'
	@echo '                             command that prints verdicts: check, check-..., stress, lint'
	@echo '  make demo                  boot kernels in QEMU with a disk behind an SMMUv3; print observations'
	@echo '  make shell                 open a shell in a guest with a disk behind an SMMUv3;'
	@echo '                             SCENARIO=name selects another guest'
	@echo '  make check                 run all tests; ONLY="stage2 kunit" selects some of them'
	@echo '  make check-configs         build and link kernel configurations; ONLY="arm" selects some of them'
	@echo '  make check-debian          boot Debian from a disk behind the SMMU; ONLY="dracut" selects some boots'
	@echo '  make stress                test races, faults and hostile callers at length; ONLY="races" selects some'
	@echo '  make check-core-files      compare the page tables that drgn finds in core files with debugfs'
	@echo '  make bench                 count instructions of our and of the original formats; ONLY=ours, stock or'
	@echo '                             checker measures one side'
	@echo '  make tables                write Documentation/users.rst: the drivers and the configurations'
	@echo '  make lint                  run checkpatch, sparse, W=1, kernel-doc and shellcheck'
	@echo '  make overlay KDIR=tree     convert a kernel source tree in place; SKIP="driver ..." leaves'
	@echo '                             drivers unconverted, ACCEPT=yes replaces files that differ from known releases'
	@echo '  make overlay-revert KDIR=tree'
	@echo '                             restore the original tree'
	@echo '  make patch KDIR=tree       print the conversion as one patch, to stdout'
	@echo '  make series KDIR=tree OUT=folder AUTHOR="Name <address>"'
	@echo '                             write the conversion as a patch series with a cover letter; TESTS=no'
	@echo '                             leaves out tests and documentation'
	@echo '  make deb                   build Debian packages in build/deb: the format modules (DKMS),'
	@echo '                             and hooks for initramfs tools'
	@echo '  make install-hooks         install the hooks for initramfs-tools and dracut;'
	@echo '                             DESTDIR=folder installs below this folder'
	@echo '  make prerequisites         install the Debian packages that these commands need (needs root)'
	@echo '  make clean                 remove build/'

prerequisites:
	@qemu/prerequisites

# Commands receive the user's values in the environment, so that the shell does not interpret quotes in them.
export ONLY SCENARIO REPORT KDIR SKIP DESTDIR

# $(call run,COMMAND,ARGUMENTS,PREREQUISITES): run COMMAND --try, which checks ARGUMENTS, then install the packages,
# then run COMMAND. The check is skipped if Python is not installed. With LIST, only run COMMAND --list.
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

# AUTHOR may contain quotes, so the shell takes the value from the environment.
export AUTHOR
series: kdir-is-given
	@test -n "$$OUT" || { echo 'error: OUT is not set: make series ... OUT=folder' >&2; exit 2; }
	@overlay/overlay series "$$KDIR" --out "$$OUT" --author "$$AUTHOR" $(if $(filter no,$(TESTS)),--no-tests)

.PHONY: kdir-is-given
kdir-is-given:
	@test -n "$$KDIR" || { echo 'error: KDIR is not set: make ... KDIR=path/to/linux' >&2; exit 2; }

deb:
	@qemu/prerequisites debian
	@packages/make-deb build/deb

install-hooks:
	initramfs/install.sh "$${DESTDIR:-/}"

clean:
	rm -rf build
