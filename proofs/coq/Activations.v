(* sup |s'| over the reals for tanh, the sigmoid and SiLU. *)

From Coq Require Import Reals QArith Qreals List Lra.
Set Warnings "-ambiguous-paths".
From Coquelicot Require Import Coquelicot.
From Saturode Require Import Enclosure Tanh.
Local Open Scope R_scope.

Definition slopes (s : R -> R) (r : R) : Prop := exists x, r = Rabs (Derive s x).
Definition sup_slope (s : R -> R) (l : R) : Prop := is_lub (slopes s) l.

Theorem sup_slope_tanh : sup_slope tanh 1.
Proof.
  split.
  - intros r [x ->]. rewrite (is_derive_unique _ _ _ (is_derive_tanh x)). generalize (tanh_bounds x). unfold slope.
    intros. apply Rabs_le. nra.
  - intros b upper. apply upper. exists 0. rewrite (is_derive_unique _ _ _ (is_derive_tanh 0)).
    unfold slope, tanh. rewrite sinh_0. rewrite Rabs_pos_eq; lra.
Qed.

Definition sigmoid (x : R) : R := / (1 + exp (- x)).

Lemma sigmoid_bounds x : 0 < sigmoid x < 1.
Proof.
  unfold sigmoid. generalize (exp_pos (- x)). intros. split; [apply Rinv_0_lt_compat; lra|].
  rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
Qed.

Lemma is_derive_sigmoid x : is_derive sigmoid x (sigmoid x * (1 - sigmoid x)).
Proof.
  unfold sigmoid. generalize (exp_pos (- x)). intros. auto_derive; [lra|]. field. lra.
Qed.

Theorem sup_slope_sigmoid : sup_slope sigmoid (1 / 4).
Proof.
  split.
  - intros r [x ->]. rewrite (is_derive_unique _ _ _ (is_derive_sigmoid x)). generalize (sigmoid_bounds x).
    generalize (Rle_0_sqr (sigmoid x - / 2)). unfold Rsqr. intros. apply Rabs_le. nra.
  - intros b upper. apply upper. exists 0. rewrite (is_derive_unique _ _ _ (is_derive_sigmoid 0)).
    unfold sigmoid. rewrite Ropp_0, exp_0. rewrite Rabs_pos_eq; lra.
Qed.

(* SiLU: s'(x) = sigma (1 + x (1 - sigma)), s''(x) = sigma (1 - sigma) (2 - x tanh(x/2)), tanh(x/2) = 2 sigma - 1 *)

Definition silu (x : R) : R := x * sigmoid x.
Definition silu1 (x : R) : R := sigmoid x * (1 + x * (1 - sigmoid x)).
Definition silu2 (x : R) : R := sigmoid x * (1 - sigmoid x) * (2 - x * (2 * sigmoid x - 1)).

Lemma is_derive_silu x : is_derive silu x (silu1 x).
Proof.
  unfold silu, silu1. generalize (is_derive_sigmoid x). intros d.
  auto_derive; [repeat apply conj; trivial; eexists; exact d|].
  replace (Derive (fun x => sigmoid x) x) with (sigmoid x * (1 - sigmoid x))
    by (symmetry; exact (is_derive_unique _ _ _ d)). ring.
Qed.

Lemma is_derive_silu1 x : is_derive silu1 x (silu2 x).
Proof.
  unfold silu1, silu2. generalize (is_derive_sigmoid x). intros d.
  auto_derive; [repeat apply conj; trivial; eexists; exact d|].
  replace (Derive (fun x => sigmoid x) x) with (sigmoid x * (1 - sigmoid x))
    by (symmetry; exact (is_derive_unique _ _ _ d)). ring.
Qed.

Lemma sigmoid_increasing x y : x <= y -> sigmoid x <= sigmoid y.
Proof.
  intros [less| ->]; [|lra]. unfold sigmoid. generalize (exp_pos (- x)) (exp_pos (- y)). intros.
  apply Rinv_le_contravar; [lra|]. assert (exp (- y) < exp (- x)) by (apply exp_increasing; lra). lra.
Qed.

Lemma sigmoid_reflected x : sigmoid (- x) = 1 - sigmoid x.
Proof.
  unfold sigmoid. rewrite Ropp_involutive. generalize (exp_pos x). intros. rewrite exp_Ropp. field. lra.
Qed.

Lemma silu1_reflected x : silu1 (- x) = 1 - silu1 x.
Proof. unfold silu1. rewrite sigmoid_reflected. ring. Qed.

(* x tanh(x/2) grows with x >= 0. *)
Lemma bracket_increasing x y : 0 <= x <= y -> x * (2 * sigmoid x - 1) <= y * (2 * sigmoid y - 1).
Proof.
  intros [h0 h]. assert (half : sigmoid 0 = / 2) by (unfold sigmoid; rewrite Ropp_0, exp_0; lra).
  generalize (sigmoid_increasing 0 x h0) (sigmoid_increasing x y h). rewrite half. intros.
  apply Rmult_le_compat; lra.
Qed.

(* Numbers: the critical point lies in [a, b], and s' on [a, b] is enclosed. *)

Definition ip : F.precision := F.PtoP 80.
Definition qa : Q := 239935728051 # 100000000000.
Definition qb : Q := 239935728052 # 100000000000.

Definition sigmoid_on (x : I.type) : I.type := I.div ip (iz ip 1) (I.add ip (iz ip 1) (I.exp ip (I.neg x))).
Definition bracket_on (x : I.type) : I.type :=
  I.sub ip (I.mul ip x (I.sub ip (I.mul ip (iz ip 2) (sigmoid_on x)) (iz ip 1))) (iz ip 2).
Definition silu1_on (x : I.type) : I.type :=
  I.mul ip (sigmoid_on x) (I.add ip (iz ip 1) (I.mul ip x (I.sub ip (iz ip 1) (sigmoid_on x)))).

Lemma sigmoid_enclosed i x : enc i x -> enc (sigmoid_on i) (sigmoid x).
Proof.
  intros h. unfold sigmoid. rewrite <- (Rmult_1_l (/ _)). apply enc_div.
  - generalize (exp_pos (- x)). intros. apply Rgt_not_eq. lra.
  - apply enc_z.
  - apply enc_add; [apply enc_z|]. now apply enc_exp, enc_neg.
Qed.

Lemma bracket_enclosed i x : enc i x -> enc (bracket_on i) (x * (2 * sigmoid x - 1) - 2).
Proof.
  intros h. generalize (sigmoid_enclosed i x h). intros.
  repeat first [assumption | apply enc_sub | apply enc_mul | apply enc_z].
Qed.

Lemma silu1_enclosed i x : enc i x -> enc (silu1_on i) (silu1 x).
Proof.
  intros h. generalize (sigmoid_enclosed i x h). intros.
  unfold silu1. repeat first [assumption | apply enc_add | apply enc_sub | apply enc_mul | apply enc_z].
Qed.

Lemma below_critical : Q2R qa * (2 * sigmoid (Q2R qa) - 1) <= 2.
Proof.
  assert (h : is_nonneg (I.neg (bracket_on (iq ip qa))) = true) by (vm_compute; reflexivity).
  generalize (is_nonneg_sound _ _ h (enc_neg _ _ (bracket_enclosed _ _ (enc_q ip qa)))). lra.
Qed.

Lemma above_critical : 2 <= Q2R qb * (2 * sigmoid (Q2R qb) - 1).
Proof.
  assert (h : is_nonneg (bracket_on (iq ip qb)) = true) by (vm_compute; reflexivity).
  generalize (is_nonneg_sound _ _ h (bracket_enclosed _ _ (enc_q ip qb))). lra.
Qed.

Definition top : Q := 10998393202 # 10000000000.
Definition floor_ : Q := 10998393201 # 10000000000.

Lemma silu1_near x : Q2R qa <= x <= Q2R qb -> silu1 x <= Q2R top.
Proof.
  intros inside. set (here := I.join (iq ip qa) (iq ip qb)).
  assert (ex := enc_join _ _ _ _ x (enc_q ip qa) (enc_q ip qb) inside).
  fold here in ex.
  assert (h : is_nonneg (I.sub ip (iq ip top) (silu1_on here)) = true) by (vm_compute; reflexivity).
  generalize (is_nonneg_sound _ _ h (enc_sub ip _ _ _ _ (enc_q ip top) (silu1_enclosed _ _ ex))). lra.
Qed.

Lemma silu1_reaches : Q2R floor_ <= silu1 (Q2R qa).
Proof.
  assert (h : is_nonneg (I.sub ip (silu1_on (iq ip qa)) (iq ip floor_)) = true) by (vm_compute; reflexivity).
  generalize (is_nonneg_sound _ _ h (enc_sub ip _ _ _ _ (silu1_enclosed _ _ (enc_q ip qa)) (enc_q ip floor_))). lra.
Qed.

Lemma silu1_slope x y : exists z, Rmin x y <= z <= Rmax x y /\ silu1 y - silu1 x = silu2 z * (y - x).
Proof.
  apply (MVT_gen silu1 x y silu2).
  - intros. apply is_derive_silu1.
  - intros z _. apply continuity_pt_filterlim. apply (ex_derive_continuous silu1). exists (silu2 z).
    apply is_derive_silu1.
Qed.

Lemma silu1_positive_half x : 0 <= x -> / 2 <= silu1 x <= Q2R top.
Proof.
  intros h. split.
  - assert (half : sigmoid 0 = / 2) by (unfold sigmoid; rewrite Ropp_0, exp_0; lra).
    generalize (sigmoid_bounds x) (sigmoid_increasing 0 x h). rewrite half. intros.
    assert (0 <= sigmoid x * (x * (1 - sigmoid x))) by (repeat apply Rmult_le_pos; lra). unfold silu1. lra.
  - assert (ordered : 0 <= Q2R qa <= Q2R qb) by (unfold Q2R; simpl; lra).
    destruct (Rle_lt_dec x (Q2R qa)) as [left_|right_].
    + apply Rle_trans with (silu1 (Q2R qa)); [|apply silu1_near; lra].
      destruct (silu1_slope x (Q2R qa)) as (z & between & value).
      rewrite Rmin_left, Rmax_right in between by lra.
      assert (0 <= silu2 z); [|nra]. unfold silu2. generalize (sigmoid_bounds z). intros.
      generalize (bracket_increasing z (Q2R qa) ltac:(lra)) below_critical. intros.
      apply Rmult_le_pos; [nra|lra].
    + destruct (Rle_lt_dec x (Q2R qb)) as [inside|far]; [apply silu1_near; lra|].
      apply Rle_trans with (silu1 (Q2R qb)); [|apply silu1_near; lra].
      destruct (silu1_slope (Q2R qb) x) as (z & between & value).
      rewrite Rmin_left, Rmax_right in between by lra.
      assert (0 <= - silu2 z); [|nra]. unfold silu2. generalize (sigmoid_bounds z). intros.
      generalize (bracket_increasing (Q2R qb) z ltac:(lra)) above_critical. intros.
      rewrite Ropp_mult_distr_r. apply Rmult_le_pos; [nra|lra].
Qed.

Theorem silu_slope_range x : - 998393202 / 10000000000 <= Derive silu x <= 10998393202 / 10000000000.
Proof.
  rewrite (is_derive_unique _ _ _ (is_derive_silu x)).
  assert (value : Q2R top = 10998393202 / 10000000000) by (unfold top, Q2R; simpl; lra).
  destruct (Rle_lt_dec 0 x) as [right_|left_].
  - generalize (silu1_positive_half x right_). lra.
  - rewrite <- (Ropp_involutive x), silu1_reflected. generalize (silu1_positive_half (- x) ltac:(lra)). lra.
Qed.

Theorem sup_slope_silu :
  exists l, sup_slope silu l /\ 10998393201 / 10000000000 <= l <= 10998393202 / 10000000000.
Proof.
  assert (all : forall r, slopes silu r -> r <= 10998393202 / 10000000000)
    by (intros r [x ->]; generalize (silu_slope_range x); intros; apply Rabs_le; lra).
  destruct (completeness (slopes silu)) as [l lub].
  - eexists. exact all.
  - eexists. now exists 0.
  - exists l. split; [exact lub|]. destruct lub as [upper least]. split; [|now apply least].
    apply Rle_trans with (silu1 (Q2R qa)).
    + generalize silu1_reaches. unfold floor_ at 1. unfold Q2R at 1. simpl. lra.
    + eapply Rle_trans; [apply Rle_abs|]. apply upper. exists (Q2R qa).
      now rewrite (is_derive_unique _ _ _ (is_derive_silu _)).
Qed.
