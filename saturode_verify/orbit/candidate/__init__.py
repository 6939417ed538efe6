"""UNTRUSTED: from a float orbit to exact data of the accuracy asked, which the proof takes or refuses."""
