// The pretend driver's graphs. A graph is the number of its nodes, and a node is its place among
// them. Only the log tells what a node does.
#include <stdlib.h>

#include "pretend.h"

// XLA captures one stream at a time.
static CUstream capturing;
static CUgraph captured;

static CUgraphNode AddNode(CUgraph graph) {
  size_t* nodes = (size_t*)graph;
  return (CUgraphNode)(*nodes += 1);
}

static int IsCaptured(CUstream stream) { return capturing && stream == capturing; }

int PretendRecord(CUstream stream) { return IsCaptured(stream) && AddNode(captured); }

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  *graph = (CUgraph)calloc(1, sizeof(size_t));
  LOG("graph=%p", (void*)*graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  LOG("graph=%p", (void*)graph);
  free(graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* before, size_t n,
                              const CUDA_KERNEL_NODE_PARAMS* parameters) {
  LOG("graph=%p", (void*)graph);
  *node = AddNode(graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* before,
                                  size_t n, CUgraph child) {
  LOG("graph=%p child=%p", (void*)graph, (void*)child);
  *node = AddNode(graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphGetRootNodes(CUgraph graph, CUgraphNode* nodes, size_t* n) {
  *n = *(size_t*)graph > 0;
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiate(CUgraphExec* executable, CUgraph graph, unsigned long long flags) {
  *executable = (CUgraphExec)malloc(1);
  LOG("graph=%p executable=%p", (void*)graph, (void*)*executable);
  return CUDA_SUCCESS;
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
  LOG("executable=%p", (void*)executable);
  free(executable);
  return CUDA_SUCCESS;
}

// This is for a call whose buffers lie elsewhere than in the call before.
LOGGED(cuGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                      const CUDA_KERNEL_NODE_PARAMS* parameters))
LOGGED(cuGraphExecChildGraphNodeSetParams(CUgraphExec executable, CUgraphNode node, CUgraph child))

CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  LOG("executable=%p stream=%p", (void*)executable, (void*)stream);
  return CUDA_SUCCESS;
}

// Captures ----------------------------------------------------------------------------------------

CUresult cuStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const CUgraphNode* before,
                                     const CUgraphEdgeData* edges, size_t n,
                                     CUstreamCaptureMode mode) {
  LOG("graph=%p stream=%p", (void*)graph, (void*)stream);
  capturing = stream;
  captured = graph;
  return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  LOG("graph=%p stream=%p", (void*)captured, (void*)stream);
  capturing = NULL;
  *graph = captured;
  return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
  *status = IsCaptured(stream) ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
  return CUDA_SUCCESS;
}
