# A thin front to CMake. `make demo`: install what is missing, build, and say what is in a picture.
# `make check`: every test, with gcc and with clang's sanitizers. PREFIX for `make install`.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
BUILD = build

# A folder of trained networks, pictures and what others computed with them; tests that need it are
# skipped without it. Absolute, since tests run in folders of their own.
override CNNC_TEST_DATA := $(abspath $(CNNC_TEST_DATA))
export CNNC_TEST_DATA

# Debian packages: to build, and on top of them to test.
BUILD_PACKAGES = gcc libc6-dev make cmake pkg-config libyaml-dev libjansson-dev zlib1g-dev \
                 libblis-serial-dev libxxhash-dev libpng-dev libjpeg62-turbo-dev
TEST_PACKAGES = check clang libclang-rt-14-dev clang-format jq mandoc python3 python3-yaml \
                python3-jsonschema python3-numpy python3-pil valgrind dataset-fashion-mnist parallel dpkg-dev file
installed = dpkg-query -W -f '$${Package} $${Status}\n' $(1) 2>/dev/null | grep -c 'ok installed'
as_root = $$( [ "$$(id -u)" = 0 ] || echo sudo )
install_missing = [ "$$($(call installed,$(1)))" = $(words $(1)) ] || \
  { $(as_root) apt-get update -qq && \
    $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }

all:
	cmake -S . -B $(BUILD) -DBUILD_TESTING=OFF
	cmake --build $(BUILD) -j $(JOBS)

demo: build-packages all
	$(BUILD)/cli/cnnc run specs/lenet5-fashion.yaml testdata/images/9-ankle-boot.png \
	    --format table --topk 1

# gcc as users build it, warnings being errors; then clang with ASan and UBSan.
check: test-packages format-check
	cmake -S . -B $(BUILD)-check -DCNNC_WERROR=ON -DBUILD_TESTING=ON
	cmake --build $(BUILD)-check -j $(JOBS)
	ctest --test-dir $(BUILD)-check -j $(JOBS) --output-on-failure
	CC=clang cmake -S . -B $(BUILD)-asan -DCNNC_WERROR=ON -DCNNC_ASAN=ON -DBUILD_TESTING=ON
	cmake --build $(BUILD)-asan -j $(JOBS)
	ctest --test-dir $(BUILD)-asan -j $(JOBS) --output-on-failure

SOURCES = $(shell find cli compiler runtime -name '*.[ch]')
format:
	@clang-format -i $(SOURCES)
format-check: test-packages
	@clang-format --dry-run -Werror $(SOURCES)

# A pattern of Python's: the sources in all rooms.
LINTED = ^$(CURDIR)/(cli|compiler|runtime)/((?!tests/|bench/)[a-z]+/)?[^/]+\.c$$
# Advice, not law: minutes of clang-tidy over the sources without tests.
lint: test-packages
	@$(call install_missing,clang-tidy)
	CC=clang cmake -S . -B $(BUILD)-asan -DCNNC_WERROR=ON -DCNNC_ASAN=ON -DBUILD_TESTING=ON
	run-clang-tidy -quiet -p $(BUILD)-asan '$(LINTED)' 2>/dev/null

# Rewrites the goldens; read the difference before you commit it.
goldens: all
	cli/tests/run.sh $(BUILD)/cli/cnnc . --regenerate
	cli/tests/man_examples.py $(BUILD)/cli/cnnc . --update

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

# build/cnnc_VERSION_ARCHITECTURE.deb; dpkg-dev finds the packages it depends on.
deb: build-packages all
	@$(call install_missing,dpkg-dev file)
	cd $(BUILD) && cpack -G DEB

clean:
	rm -rf $(BUILD) $(BUILD)-check $(BUILD)-asan

build-packages:
	@$(call install_missing,$(BUILD_PACKAGES))
test-packages:
	@$(call install_missing,$(BUILD_PACKAGES) $(TEST_PACKAGES))

.NOTPARALLEL:
.PHONY: all demo check format format-check lint goldens install deb clean build-packages \
        test-packages
