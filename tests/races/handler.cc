// The custom call's handler for the CPU, which several threads call at once, on a runtime that
// ThreadSanitizer sees through.
#include <atomic>

#include "races/ffi_runtime.h"
#include "races/problems.h"
#include "xla/ffi/api/ffi.h"
#include "xla/spec_numbers.h"

namespace xla::ffi {
const XLA_FFI_Api* GetXlaFfiApi() {
  static const XLA_FFI_Api api = MakeFfiApi();
  return &api;
}
}  // namespace xla::ffi

namespace upsample {
namespace {

XLA_FFI_Buffer BufferOf(const float* data, const Shape& shape) {
  return {XLA_FFI_Buffer_STRUCT_SIZE,
          nullptr,
          XLA_FFI_DataType_F32,
          const_cast<float*>(data),
          static_cast<int64_t>(shape.size()),
          const_cast<int64_t*>(shape.data())};
}

// Calls the handler as XLA would, waits, and returns the error's message.
std::string Run(const Call32& call, XLA_FFI_ExecutionContext* context, std::vector<float>* out) {
  XLA_FFI_Buffer in_buffer = BufferOf(call.in.data(), call.in_shape);
  XLA_FFI_Buffer out_buffer = BufferOf(out->data(), call.out_shape);
  XLA_FFI_ArgType arg_type = XLA_FFI_ArgType_BUFFER;
  XLA_FFI_RetType ret_type = XLA_FFI_RetType_BUFFER;
  void *args = &in_buffer, *rets = &out_buffer;

  SpecNumbers numbers = NumbersOf(call.spec);
  XLA_FFI_Array array = {XLA_FFI_DataType_S64, numbers.size(), numbers.data()};
  const std::string name = "spec";
  XLA_FFI_ByteSpan span = {name.data(), name.size()};
  XLA_FFI_ByteSpan* names = &span;
  XLA_FFI_AttrType type = XLA_FFI_AttrType_ARRAY;
  void* attributes = &array;

  XLA_FFI_CallFrame frame = {};
  frame.struct_size = XLA_FFI_CallFrame_STRUCT_SIZE;
  frame.api = xla::ffi::GetXlaFfiApi();
  frame.ctx = context;
  frame.stage = XLA_FFI_ExecutionStage_EXECUTE;
  frame.args = {XLA_FFI_Args_STRUCT_SIZE, nullptr, 1, &arg_type, &args};
  frame.rets = {XLA_FFI_Rets_STRUCT_SIZE, nullptr, 1, &ret_type, &rets};
  frame.attrs = {XLA_FFI_Attrs_STRUCT_SIZE, nullptr, 1, &type, &names, &attributes};
  XLA_FFI_Error* error = Handlers().at("upsample_op.upsample2d")(&frame);
  if (frame.future != nullptr) {
    error = frame.future->Wait();
    delete frame.future;
  }
  const std::string message = error == nullptr ? "" : error->message;
  delete error;
  return message;
}

}  // namespace
}  // namespace upsample

int main() {
  using namespace upsample;
  const std::vector<Call32> calls = AllCalls();
  XLA_FFI_ExecutionContext context(4);
  std::atomic<int> done{0};
  const auto caller = [&](int number) {
    std::vector<float> out;
    for (int turn = 0; turn < 8; ++turn) {
      for (size_t i = 0; i < calls.size(); ++i) {
        Call32 call = calls[(i + number) % calls.size()];
        out.assign(call.expected.size(), -1);
        Require(Run(call, &context, &out).empty() && out == call.expected,
                "a result of the handler");
        call.spec.size_h = 0;
        Require(Run(call, &context, &out).find("no spec") != std::string::npos, "an error");
        ++done;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 6; ++number) threads.emplace_back(caller, number);
  for (std::thread& thread : threads) thread.join();
  std::printf("%d calls of the handler, no race\n", done.load());
  return 0;
}
