// Registers XLA kernels, even when TensorFlow has run already. This file includes TensorFlow.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tensorflow/compiler/tf2xla/xla_op_registry.h"
#include "tensorflow/core/framework/kernel_def_builder.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace upsample {

// With the first eager operation TensorFlow registers every XLA kernel that it knows by then with
// each compilation device, and never looks again. A kernel that comes later has to do this for
// itself.
class XlaKernelRegistration {
 public:
  using Factory = tensorflow::OpKernel* (*)(tensorflow::OpKernelConstruction*);

  XlaKernelRegistration(const char* op, Factory factory)
      : registrar_(tensorflow::XlaOpRegistrationBuilder::Name(op).Build(factory)) {
    // TensorFlow holds the registry's mutex all the while, and the registration above took it too.
    // So if TensorFlow begins from now on, ours is included, and no device has a kernel yet. If it
    // has begun before, BackendNames waits until it is done.
    for (const std::string& device : DevicesOf("AddV2")) {
      (void)tensorflow::XlaOpRegistry::BackendNames();
      const std::vector<std::string> devices = DevicesOf(op);
      if (std::find(devices.begin(), devices.end(), device) != devices.end()) continue;
      tensorflow::kernel_factory::OpKernelRegistrar(
          tensorflow::KernelDefBuilder(op).Device(device.c_str()).Build(), "XlaKernel", factory);
    }
  }

 private:
  // Returns the compilation devices that have a kernel for an op by now.
  static std::vector<std::string> DevicesOf(const char* op) {
    std::vector<std::string> devices;
    const tensorflow::KernelList kernels = tensorflow::GetRegisteredKernelsForOp(op);
    for (const tensorflow::KernelDef& kernel : kernels.kernel()) {
      if (tensorflow::XlaOpRegistry::IsCompilationDevice(kernel.device_type())) {
        devices.push_back(kernel.device_type());
      }
    }
    return devices;
  }

  tensorflow::XlaOpRegistrar registrar_;
};

}  // namespace upsample
