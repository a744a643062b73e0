//! Running a network: the one place that knows an inference engine.

use std::sync::Arc;

use rten::{ModelOptions, RunOptions, ThreadPool, Value, ValueOrView, op_registry};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, TensorView};

use crate::PhotoError;

/// A loaded network that maps one float tensor to some others. The seam between our code and an engine:
/// pure Rust here, ONNX Runtime where an operator has it.
pub trait Net: Send + Sync {
    /// Runs the network on `input` of `shape` and gives every output in the model's order, flattened
    /// row-major.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where the engine refuses; the operator's to mend.
    fn run(&self, input: &[f32], shape: [usize; 4]) -> Result<Vec<Vec<f32>>, PhotoError>;
}

/// Opens ONNX models with one inference engine.
pub trait Engine {
    /// Opens a model from its bytes; `name` is for messages.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where the bytes are not a model that the engine can run.
    fn open(&self, name: &str, onnx: &'static [u8]) -> Result<Box<dyn Net>, PhotoError>;
}

/// The default engine: pure Rust, no foreign library, the same answers whatever the number of threads.
pub struct Rten {
    threads: Arc<ThreadPool>,
}

struct RtenNet {
    name: String,
    model: rten::Model,
    threads: Arc<ThreadPool>,
}

impl Rten {
    /// An engine whose networks share `threads` threads. One is best where many photos run side by side.
    #[must_use]
    pub fn with_threads(threads: usize) -> Self {
        Self { threads: Arc::new(ThreadPool::with_num_threads(threads.max(1))) }
    }
}

impl Engine for Rten {
    fn open(&self, name: &str, onnx: &'static [u8]) -> Result<Box<dyn Net>, PhotoError> {
        // Naming the operators keeps the others, and their code, out of the binary.
        let operators = op_registry!(
            Add,
            AveragePool,
            BatchNormalization,
            Cast,
            Clip,
            Concat,
            Conv,
            ConvTranspose,
            Div,
            Expand,
            Gather,
            GlobalAveragePool,
            HardSwish,
            InstanceNormalization,
            MatMul,
            MaxPool,
            Mul,
            Neg,
            PRelu,
            Pad,
            Reciprocal,
            ReduceMean,
            ReduceSum,
            Relu,
            Reshape,
            Resize,
            Shape,
            Sigmoid,
            Slice,
            Sqrt,
            Squeeze,
            Sub,
            Transpose,
            Unsqueeze
        );
        let model = ModelOptions::with_ops(operators)
            .load_static_slice(onnx)
            .map_err(|e| PhotoError::Model { name: name.to_owned(), why: e.to_string() })?;
        Ok(Box::new(RtenNet { name: name.to_owned(), model, threads: Arc::clone(&self.threads) }))
    }
}

impl Net for RtenNet {
    fn run(&self, input: &[f32], shape: [usize; 4]) -> Result<Vec<Vec<f32>>, PhotoError> {
        let failed = |why: String| PhotoError::Model { name: self.name.clone(), why };
        let view: ValueOrView = if shape[3] == 0 {
            NdTensorView::from_data([shape[0], shape[1], shape[2]], input).into()
        } else {
            NdTensorView::from_data(shape, input).into()
        };
        let Some(&id) = self.model.input_ids().first() else { return Err(failed("it has no input".to_owned())) };
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.threads)));
        let outputs = self
            .model
            .run(vec![(id, view)], self.model.output_ids(), Some(options))
            .map_err(|e| failed(e.to_string()))?;
        outputs
            .into_iter()
            .map(|value| flat(&value).ok_or_else(|| failed("an output is not float".to_owned())))
            .collect()
    }
}

fn flat(value: &Value) -> Option<Vec<f32>> {
    let view: TensorView<f32> = value.try_into().ok()?;
    Some(view.to_vec())
}
