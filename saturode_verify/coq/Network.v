(* ||Df|| <= c on a box of the plane for f = o (tanh (A z + b)) + const: a test that computes, and why it is right.

   On a leaf with centre m every s'(a_k) is an affine function of the point up to (a_k - a_k(m))^2. So v . Df u is an
   affine function of the point, largest at a corner, up to a remainder matrix R that does not depend on the point.
   At each corner the matrix of the affine part is shown to have norm <= e = c - ||R||_F by Sylvester's criterion on
   e^2 - J^T J. A leaf that fails is halved, `fuel` times at most. *)

From Coq Require Import Reals ZArith QArith Qreals List Lra Lia.
Set Warnings "-ambiguous-paths".
From Coquelicot Require Import Coquelicot.
From Saturode Require Import Enclosure Tanh.
Import ListNotations.
Local Open Scope R_scope.

(* One hidden neuron: pre-activation ax x + ay y + bias; it enters the two outputs with the weights o1, o2. *)
Record neuron := Neuron { ax : Q; ay : Q; bias : Q; o1 : Q; o2 : Q }.

Definition pre (n : neuron) (x y : R) : R := Q2R (ax n) * x + Q2R (ay n) * y + Q2R (bias n).
Definition field (out : neuron -> Q) (const : Q) (net : list neuron) (x y : R) : R :=
  rsum (fun n => Q2R (out n) * tanh (pre n x y)) net + Q2R const.
Definition turn (n : neuron) (u v : R) : R := Q2R (ax n) * u + Q2R (ay n) * v.

(* The derivative of one output at (x, y) in the direction (u, v): a row of Df times (u, v). *)
Definition row (out : neuron -> Q) (net : list neuron) (x y u v : R) : R :=
  rsum (fun n => Q2R (out n) * slope (pre n x y) * turn n u v) net.

Lemma is_derive_field (out : neuron -> Q) (const : Q) (net : list neuron) (x y u v : R) :
  is_derive (fun t => field out const net (x + t * u) (y + t * v)) 0 (row out net x y u v).
Proof.
  unfold field, row. rewrite <- (Rplus_0_r (rsum _ _)).
  apply (is_derive_plus (fun t => rsum (fun n => Q2R (out n) * tanh (pre n (x + t * u) (y + t * v))) net));
    [|apply @is_derive_const].
  induction net as [|n net IH]; simpl; [apply @is_derive_const|].
  apply (is_derive_plus (fun t => Q2R (out n) * tanh (pre n (x + t * u) (y + t * v)))); [|exact IH].
  rewrite Rmult_assoc. apply (is_derive_scal (fun t => tanh (pre n (x + t * u) (y + t * v)))).
  rewrite Rmult_comm. apply (is_derive_comp tanh (fun t => pre n (x + t * u) (y + t * v))).
  - rewrite !Rmult_0_l, !Rplus_0_r. apply is_derive_tanh.
  - unfold pre, turn. auto_derive; [trivial|ring].
Qed.

(* (q1, q2) . Df (u, v) *)
Definition beta (n : neuron) (u v q1 q2 : R) : R := (q1 * Q2R (o1 n) + q2 * Q2R (o2 n)) * turn n u v.
Definition pairing (net : list neuron) (x y u v q1 q2 : R) : R :=
  rsum (fun n => beta n u v q1 q2 * slope (pre n x y)) net.
Definition length2 (u v : R) : R := sqrt (u * u + v * v).
Definition bounded (net : list neuron) (c x y : R) : Prop :=
  forall u v q1 q2, pairing net x y u v q1 q2 <= c * (length2 u v * length2 q1 q2).

Lemma pairing_rows net x y u v q1 q2 :
  pairing net x y u v q1 q2 = q1 * row o1 net x y u v + q2 * row o2 net x y u v.
Proof.
  unfold pairing, row. rewrite <- !rsum_times, <- rsum_plus. apply rsum_ext. intros n. unfold beta. ring.
Qed.

Lemma length2_nonneg u v : 0 <= length2 u v.
Proof. apply sqrt_pos. Qed.

Lemma length2_square u v : length2 u v * length2 u v = u * u + v * v.
Proof. apply sqrt_sqrt. nra. Qed.

Lemma bounded_norm net c x y : bounded net c x y ->
  forall u v, length2 (row o1 net x y u v) (row o2 net x y u v) <= c * length2 u v.
Proof.
  intros all u v. set (d1 := row o1 net x y u v). set (d2 := row o2 net x y u v).
  generalize (all u v d1 d2). rewrite pairing_rows. fold d1 d2. rewrite <- length2_square.
  generalize (all u v 0 0) (length2_nonneg d1 d2). intros _ nonneg bound.
  destruct (Req_dec (length2 d1 d2) 0) as [zero|]; [|apply (Rmult_le_reg_r (length2 d1 d2)); nra].
  rewrite zero. generalize (all u v 1 0) (all u v (-1) 0). rewrite !pairing_rows.
  unfold length2 at 2 4. replace (1 * 1 + 0 * 0) with 1 by ring. replace (-1 * -1 + 0 * 0) with 1 by ring.
  rewrite sqrt_1. fold d1 d2. lra.
Qed.

(* Linear algebra in the plane *)

Definition form (e11 e12 e21 e22 u v q1 q2 : R) : R := q1 * (e11 * u + e12 * v) + q2 * (e21 * u + e22 * v).

Lemma square_root_order (a b : R) : 0 <= b -> a * a <= b * b -> a <= b.
Proof. intros. apply Rnot_lt_le. intros less. nra. Qed.

Lemma schwarz (a b q1 q2 : R) : q1 * a + q2 * b <= length2 a b * length2 q1 q2.
Proof.
  generalize (length2_nonneg a b) (length2_nonneg q1 q2) (length2_square a b) (length2_square q1 q2). intros.
  apply square_root_order; [nra|].
  replace (length2 a b * length2 q1 q2 * (length2 a b * length2 q1 q2))
    with ((length2 a b * length2 a b) * (length2 q1 q2 * length2 q1 q2)) by ring.
  rewrite H1, H2. generalize (Rle_0_sqr (q1 * b - q2 * a)). unfold Rsqr. nra.
Qed.

Lemma semidefinite (p11 p22 p12 u v : R) :
  0 <= p11 -> 0 <= p22 -> 0 <= p11 * p22 - p12 * p12 -> 0 <= p11 * (u * u) + 2 * p12 * (u * v) + p22 * (v * v).
Proof.
  intros. destruct (Req_dec p11 0) as [->|].
  - assert (p12 = 0) by nra. subst. nra.
  - apply (Rmult_le_reg_l p11); [lra|]. rewrite Rmult_0_r.
    replace (p11 * (p11 * (u * u) + 2 * p12 * (u * v) + p22 * (v * v)))
      with ((p11 * u + p12 * v) * (p11 * u + p12 * v) + (p11 * p22 - p12 * p12) * (v * v)) by ring.
    generalize (Rle_0_sqr (p11 * u + p12 * v)) (Rle_0_sqr v). unfold Rsqr. nra.
Qed.

Lemma sylvester (e e11 e12 e21 e22 : R) :
  0 <= e -> 0 <= e * e - (e11 * e11 + e21 * e21) -> 0 <= e * e - (e12 * e12 + e22 * e22) ->
  0 <= (e * e - (e11 * e11 + e21 * e21)) * (e * e - (e12 * e12 + e22 * e22))
       - (e11 * e12 + e21 * e22) * (e11 * e12 + e21 * e22) ->
  forall u v q1 q2, form e11 e12 e21 e22 u v q1 q2 <= e * (length2 u v * length2 q1 q2).
Proof.
  intros he h1 h2 h3 u v q1 q2. eapply Rle_trans; [apply schwarz|]. rewrite <- Rmult_assoc.
  apply Rmult_le_compat_r; [apply length2_nonneg|]. apply square_root_order.
  - apply Rmult_le_pos; [lra|apply length2_nonneg].
  - rewrite length2_square.
    replace (e * length2 u v * (e * length2 u v)) with (e * e * (length2 u v * length2 u v)) by ring.
    rewrite length2_square.
    generalize (semidefinite _ _ (- (e11 * e12 + e21 * e22)) u v h1 h2 ltac:(nra)). nra.
Qed.

Lemma frobenius (r11 r12 r21 r22 u v q1 q2 : R) :
  form r11 r12 r21 r22 u v q1 q2
  <= sqrt (r11 * r11 + r12 * r12 + (r21 * r21 + r22 * r22)) * (length2 u v * length2 q1 q2).
Proof.
  unfold form. eapply Rle_trans; [apply schwarz|]. rewrite <- Rmult_assoc.
  apply Rmult_le_compat_r; [apply length2_nonneg|]. apply square_root_order.
  - apply Rmult_le_pos; [apply sqrt_pos|apply length2_nonneg].
  - set (s := r11 * r11 + r12 * r12 + (r21 * r21 + r22 * r22)). rewrite length2_square.
    replace (sqrt s * length2 u v * (sqrt s * length2 u v))
      with (sqrt s * sqrt s * (length2 u v * length2 u v)) by ring.
    rewrite length2_square, sqrt_sqrt by (unfold s; nra). unfold s.
    generalize (Rle_0_sqr (r11 * v - r12 * u)) (Rle_0_sqr (r21 * v - r22 * u)). unfold Rsqr. nra.
Qed.

(* An affine function of (s, t) on |s| <= h, |t| <= k is at most its largest value at the corners. *)
Lemma corners (l0 ls lt s t h k top : R) :
  - h <= s <= h -> - k <= t <= k ->
  l0 + ls * h + lt * k <= top -> l0 + ls * h + lt * - k <= top ->
  l0 + ls * - h + lt * k <= top -> l0 + ls * - h + lt * - k <= top ->
  l0 + ls * s + lt * t <= top.
Proof.
  intros. assert (ls * s <= Rabs ls * h) by (unfold Rabs; destruct (Rcase_abs ls); nra).
  assert (lt * t <= Rabs lt * k) by (unfold Rabs; destruct (Rcase_abs lt); nra).
  unfold Rabs in *. destruct (Rcase_abs ls), (Rcase_abs lt); lra.
Qed.
