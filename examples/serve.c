// Runs a SavedModel that uses the ops of upsample_op in a program without Python.
//
// All it takes is one call, TF_LoadLibrary, before the model is loaded. From then on TensorFlow's C
// API serves the model like any other. The library belongs to one minor version of TensorFlow, and
// this program has to be linked with that one.
//
// To compile it against a TensorFlow installed by pip:
//
//   TF=$(python -c "import tensorflow as tf; print(tf.sysconfig.get_lib())")
//   LINK="-L$TF -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,$TF"
//   cc examples/serve.c -o serve -I$TF/include $LINK
//
// To run it on images that are raw float32 in this machine's byte order (it writes the result as
// raw float32 to stdout, and the result's shape to stderr):
//
//   LIBRARY=$(python -c "import upsample_op; print(upsample_op.library_path())")
//   saved_model_cli show --dir model --tag_set serve --signature_def serving_default
//   ./serve $LIBRARY model serving_default_images:0 PartitionedCall:0 8 64 64 3 <x.raw >y.raw
//
// saved_model_cli prints the names of the input's and the output's tensors; a program that links
// protobuf finds them in the MetaGraphDef that TF_LoadSessionFromSavedModel can hand back.
//
// In C++ the call is tensorflow::Env::Default()->LoadDynamicLibrary(path, &handle), before
// tensorflow::LoadSavedModel; link with -Wl,--no-as-needed, so that the linker keeps
// libtensorflow_cc. In Java it is org.tensorflow.TensorFlow.loadLibrary(path).
// tensorflow_model_server can't load libraries: compile the op into it, or export what
// restore_model() returns.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

enum { kMaxRank = 8, kShapeArg = 5 };

// Ends the program with one line: what failed, with which argument, and why.
static void Fail(const char* what, const char* argument, const char* why) {
  fprintf(stderr, "serve: %s %s: %s\n", what, argument, why);
  exit(1);
}

static void Check(const TF_Status* status, const char* what, const char* argument) {
  if (TF_GetCode(status) != TF_OK) Fail(what, argument, TF_Message(status));
}

// Returns a tensor of the graph by its name, such as "serving_default_images:0".
static TF_Output FindTensor(TF_Graph* graph, const char* name) {
  const char* colon = strrchr(name, ':');
  const size_t length = colon ? (size_t)(colon - name) : strlen(name);
  char* op_name = calloc(length + 1, 1);
  if (!op_name) Fail("cannot look up", name, "out of memory");
  memcpy(op_name, name, length);
  const TF_Output found = {TF_GraphOperationByName(graph, op_name), colon ? atoi(colon + 1) : 0};
  free(op_name);
  if (!found.oper) Fail("cannot find tensor", name, "the model has no operation of that name");
  if (found.index < 0 || found.index >= TF_OperationNumOutputs(found.oper)) {
    Fail("cannot find tensor", name, "the operation has no such output");
  }
  return found;
}

// Returns a float32 tensor of the shape that the arguments give, with its values read from stdin.
static TF_Tensor* ReadTensor(int rank, char** shape) {
  if (rank > kMaxRank) Fail("cannot read", "stdin", "the shape has too many axes");
  int64_t dims[kMaxRank] = {0};
  int64_t size = sizeof(float);  // in bytes
  for (int i = 0; i < rank; ++i) {
    char* end;
    dims[i] = strtoll(shape[i], &end, 10);
    if (end == shape[i] || *end || dims[i] < 0) Fail("cannot use length", shape[i], "not a number");
    if (dims[i] > 0 && size > INT64_MAX / dims[i]) Fail("cannot use length", shape[i], "too large");
    size *= dims[i];
  }
  TF_Tensor* tensor = TF_AllocateTensor(TF_FLOAT, dims, rank, (size_t)size);
  if (!tensor) Fail("cannot read", "stdin", "out of memory");
  if (fread(TF_TensorData(tensor), 1, (size_t)size, stdin) != (size_t)size) {
    Fail("cannot read", "stdin", "it ends before the last value of the shape");
  }
  if (getchar() != EOF) Fail("cannot read", "stdin", "it has more values than the shape");
  return tensor;
}

static void WriteTensor(const TF_Tensor* tensor, const char* name) {
  if (TF_TensorType(tensor) != TF_FLOAT) Fail("cannot write", name, "it is not float32");
  fprintf(stderr, "serve: %s has shape", name);
  for (int i = 0; i < TF_NumDims(tensor); ++i) fprintf(stderr, " %" PRId64, TF_Dim(tensor, i));
  fprintf(stderr, "\n");
  const size_t size = TF_TensorByteSize(tensor);
  if (fwrite(TF_TensorData(tensor), 1, size, stdout) != size || fflush(stdout)) {
    Fail("cannot write", name, "stdout takes no more");
  }
}

int main(int argc, char** argv) {
  if (argc < kShapeArg) {
    fprintf(stderr, "usage: serve LIBRARY MODEL INPUT OUTPUT [LENGTH OF AXIS]... <x.raw >y.raw\n");
    return 2;
  }
  const char* library_path = argv[1];
  const char* model_path = argv[2];
  const char* output_name = argv[4];
  TF_Status* status = TF_NewStatus();

  // The ops stay registered until the process ends; deleting the handle doesn't unload them.
  TF_Library* library = TF_LoadLibrary(library_path, status);
  Check(status, "cannot load library", library_path);
  TF_DeleteLibraryHandle(library);

  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session =
      TF_LoadSessionFromSavedModel(options, NULL, model_path, tags, 1, graph, NULL, status);
  Check(status, "cannot load model", model_path);
  TF_DeleteSessionOptions(options);

  const TF_Output input = FindTensor(graph, argv[3]);
  const TF_Output output = FindTensor(graph, output_name);
  TF_Tensor* images = ReadTensor(argc - kShapeArg, argv + kShapeArg);
  TF_Tensor* result = NULL;
  TF_SessionRun(session, NULL, &input, &images, 1, &output, &result, 1, NULL, 0, NULL, status);
  Check(status, "cannot compute", output_name);
  WriteTensor(result, output_name);

  TF_DeleteTensor(result);
  TF_DeleteTensor(images);
  TF_DeleteSession(session, status);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
