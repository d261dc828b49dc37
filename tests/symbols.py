"""Reads by `nm` what the compiled files take from other libraries and offer to them."""

import dataclasses
import fnmatch
import functools
import re
import subprocess

# The newest versions of TensorFlow's floor, manylinux_2_27.
NEWEST = {"GLIBC": (2, 27), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)}

# What the libraries for TensorFlow may take from it. A new version of it can break only these.
FROM_TENSORFLOW = """\
absl::InternalError
absl::InvalidArgumentError
absl::ResourceExhaustedError
absl::Status::UnrefNonInlined
absl::StatusRep::Unref
absl::StrCat
absl::log_internal::*
absl::numbers_internal::FastIntToBuffer
absl::status_internal::StatusRep::Unref
tensorflow::AttrSlice::*
tensorflow::CheckNotInComputeAsync
tensorflow::DEVICE_CPU
tensorflow::DEVICE_GPU
tensorflow::DataTypeFromString
tensorflow::GetNodeAttr
tensorflow::KernelDefBuilder::*
tensorflow::OpDef::*
tensorflow::OpDefBuilder::*
tensorflow::OpKernel
tensorflow::OpKernel::*
tensorflow::OpKernelConstruction::*
tensorflow::OpKernelContext::*
tensorflow::Shard
tensorflow::Tensor::data
tensorflow::TensorShapeBase<*
tensorflow::TensorShapeRep::*
tensorflow::kernel_factory::OpKernelRegistrar::*
tensorflow::register_kernel::Name::*
tensorflow::register_op::OpDefBuilderWrapper::*
tensorflow::shape_inference::InferenceContext::*
""".splitlines()
FROM_TENSORFLOW_FOR_XLA = """\
absl::StrAppend
absl::internal_statusor::*
absl::strings_internal::CatPieces
tensorflow::GetRegisteredKernelsForOp
tensorflow::KernelList::*
tensorflow::XlaOp*
xla::BorrowingLiteral::*
xla::Broadcast
xla::BroadcastInDim
xla::ConcatInDim
xla::ConstantLiteral
xla::ConvertElementType
xla::CreateScalarAddComputation
xla::CustomCall
xla::CustomCallWithLayout
xla::Eq
xla::GetDimensionSize
xla::HloModuleProto::*
xla::Iota
xla::Literal*
xla::Mul
xla::Reduce
xla::RemoveDynamicDimension
xla::Reshape
xla::Select
xla::SetDimensionSize
xla::Shape::*
xla::ShapeUtil::*
xla::SliceInDim
xla::Zero
xla::ffi::GetXlaFfiApi
xla::operator*
""".splitlines()


@dataclasses.dataclass(frozen=True)
class Symbol:
    """A symbol: the linker's name, C++'s name without arguments, and its version if any."""

    mangled: str
    name: str
    version: str
    is_weak: bool

    @property
    def is_of_an_old_system(self) -> bool:
        """Whether it is in glibc's or GCC's libraries on every system."""
        kind, _, number = self.version.partition("_")
        return kind in NEWEST and tuple(map(int, number.split("."))) <= NEWEST[kind]

    def matches(self, patterns) -> bool:
        """Returns whether one of the patterns, with * in them, matches this name."""
        return any(fnmatch.fnmatchcase(self.name, pattern) for pattern in patterns)


def undefined(library) -> list[Symbol]:
    """Returns what a library takes from others."""
    return _symbols(library, "--undefined-only")


def exported(library) -> list[Symbol]:
    """Returns what a library offers to others."""
    return _symbols(library, "--defined-only")


@functools.cache
def mangled_exports(library) -> frozenset[str]:
    """Returns only the names, for a library that has hundreds of thousands."""
    return frozenset(
        line.rsplit(maxsplit=1)[1].split("@")[0] for line in _nm(library, "--defined-only")
    )


def _symbols(library, which):
    mangled, demangled = _nm(library, which), _nm(library, which, "--demangle")
    return [_parse(*lines) for lines in zip(mangled, demangled, strict=True)]


def _nm(library, *options):
    command = ["nm", "--dynamic", "--no-sort", *options, str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def _parse(mangled_line, demangled_line):
    kind, mangled = mangled_line.split()[-2:]
    name = demangled_line.split(f" {kind} ", 1)[1]
    mangled, _, version = mangled.partition("@")
    # This drops the version, the tag of a changed ABI, Abseil's release, prefixes such as "vtable
    # for", and arguments.
    name = name.split("@")[0]
    name = re.sub(r"\[abi:\w+\]|(?<=absl::)lts_\d+::|^(vtable|typeinfo|VTT) for ", "", name)
    if not name.startswith("xla::operator"):
        name = re.sub(r"^[\w :*]* (?=absl::|tensorflow::|xla::)", "", name.split("(")[0])
    # libtensorflow_cc.so.2 has one "version" for all symbols.
    version = version.lstrip("@").removeprefix("tensorflow")
    return Symbol(mangled, name, version, kind in "wvV")
