# Weights of other programs are called what they are, with the way out.
cd "$TOP"/testdata/cases/05-* || exit
for file in net.weights lfs-pointer.safetensors; do
    "$CNNC" run net.yaml x.npy -w "$file"
    echo "exit $?"
done
cp net.yaml x.npy "$OLDPWD" && cd "$OLDPWD" || exit
try() { # NAME BYTES
    printf "$2" >"$1"
    "$CNNC" run net.yaml x.npy -w "$1"
    echo "exit $?"
}
try net.caffemodel '\012\003net\242\006\007\012\005conv1'
try saved_model.pb '\010\001\022\004\012\002\012\000'
try model.ckpt.data-00000-of-00001 '\001\002\003\004\377\377\377\377\001'
try keras.h5 '\211HDF\r\n\032\n'
try model.gguf 'GGUF\003\000\000\000\002\000\000\000'
try model.safetensors.index.json '{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}'
try old.pth '\200\002\212\012l\374\234\106\371 j\250P\031.'
try pickle.pkl '\200\004\225\013\000\000\000\000\000\000\000'
try model.onnx '\010\007\022\007pytorch:\002\012\000'
try model.tflite '\034\000\000\000TFL3'
try model.param '7767517\n75 83\n'
try model.bin '\001\002\003\004\377\377\377\377\001'
try model.xml '<?xml version="1.0"?>\n<net name="a">\n'
try model.mlmodel '\010\004\022\002\012\000\242\037\002\012\000'
try model.mat 'MATLAB 5.0 MAT-file, Platform: GLNXA64'
try model.msgpack '\201\246params\201\245conv1\300'
try model.tar.gz '\037\213\010\000'
try page.safetensors '<!DOCTYPE html>\n<html>\n'
try error.safetensors '{"error": "Repository not found"}'
try words.npz 'not a weights file\n'
try array.npy '\223NUMPY\001\000'
python3 -c 'import zipfile
for name, member in ("torch.pt", "archive/data.pkl"), ("model.keras", "model.weights.h5"), \
        ("words.zip", "README"), ("packed.zip", "w.safetensors"):
    with zipfile.ZipFile(name, "w") as file:
        file.writestr(member, b"content")'
for file in torch.pt model.keras words.zip packed.zip; do
    "$CNNC" run net.yaml x.npy -w $file
    echo "exit $?"
done
